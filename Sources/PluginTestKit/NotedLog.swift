// A log whose lines a test can read: level and message, then the metadata in the order of their keys.

import Logging

public final class NotedLog: Sendable {
  private let noted = Locked<[String]>([])
  public init() {}
  /// Such as `warning: A step failed account=a reason=none`.
  public var lines: [String] { noted.withLock { $0 } }

  public func logger(_ label: String = "test") -> Logger { Logger(label: label) { _ in handler } }
  public var handler: any LogHandler { Handler(log: self) }

  private struct Handler: LogHandler {
    let log: NotedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      var all = metadata.merging(event.metadata ?? [:]) { $1 }
      if let error = event.error { all["error"] = "\(error)" }
      let facts = all.sorted { $0.key < $1.key }
      let line = "\(event.level): \(event.message)" + facts.map { " \($0.key)=\($0.value)" }.joined()
      log.noted.withLock { $0.append(line) }
    }
  }
}
