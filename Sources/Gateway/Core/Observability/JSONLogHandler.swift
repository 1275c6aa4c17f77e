// Logs for machines: one JSON object in each line, the facts as fields beside a message that never changes.

import Logging

/// Fields `time`, `level`, `logger`, `message`, then the metadata; metadata of such a name gets a `_` behind
/// it.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let output: LogOutput

  public init(label: String, level: Logger.Level = .info, output: LogOutput = .standardError) {
    self.label = label
    self.logLevel = level
    self.output = output
  }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) { output.write(line(event, at: .now())) }

  func line(_ event: LogEvent, at time: WallTime) -> String {
    var line = "{\"time\":\"\(time.rfc3339)\",\"level\":\"\(event.level.rawValue)\",\"logger\":"
    LogField.appendJSON(label, to: &line)
    line += ",\"message\":"
    LogField.appendJSON(event.message.description, to: &line)
    for (key, value) in LogField.merged(metadata, metadataProvider, event) {
      line += ","
      LogField.appendJSON(["time", "level", "logger", "message"].contains(key) ? key + "_" : key, to: &line)
      line += ":"
      LogField.appendJSON(value, to: &line)
    }
    return line + "}"
  }
}
