// A log whose lines a test can read: message, then the metadata in the order of their keys.

import Logging
import PluginTestKit

final class NotedLog: Sendable {
  private let noted = Locked<[String]>([])
  var lines: [String] { noted.withLock { $0 } }

  func logger() -> Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: NotedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
      log.noted.withLock { $0.append("\(event.level): \(event.message)" + facts.joined()) }
    }
  }
}
