// Logs for a person at a terminal: time, level, who, message, facts; coloured where colour can be seen.

import Logging

#if canImport(Glibc)
  import Glibc
#endif

public struct ConsoleLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let output: LogOutput
  private let colour: Bool

  /// `colour` nil: when the output is a terminal and `NO_COLOR` is not set (https://no-color.org).
  public init(
    label: String, level: Logger.Level = .info, output: LogOutput = .standardError, colour: Bool? = nil
  ) {
    self.label = label
    self.logLevel = level
    self.output = output
    self.colour = colour ?? (output.isTerminal && getenv("NO_COLOR") == nil)
  }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) { output.write(line(event, at: .now())) }

  func line(_ event: LogEvent, at time: WallTime) -> String {
    let (word, code) = Self.style(event.level)
    let message = event.message.description.unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F ? LogField.unicodeEscape(scalar) : String(scalar)
    }.joined()
    var line = "\(paint(time.localTimeOfDay, "2")) \(paint(word, code)) \(label): \(LogField.cut(message))"
    for (key, value) in LogField.merged(metadata, metadataProvider, event) {
      line += " \(paint("\(key)=", "2"))\(LogField.plain(value))"
    }
    return line
  }

  private func paint(_ text: String, _ code: String) -> String {
    colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// Words of one width, so that what follows stands in a column.
  private static func style(_ level: Logger.Level) -> (word: String, code: String) {
    switch level {
    case .trace: ("trace", "2")
    case .debug: ("debug", "2")
    case .info: ("info ", "32")
    case .notice: ("note ", "36")
    case .warning: ("warn ", "33")
    case .error: ("error", "31")
    case .critical: ("crit ", "1;31")
    }
  }
}
