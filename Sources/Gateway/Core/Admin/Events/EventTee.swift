// Warnings and errors of the log go into the event log too.

import Logging

struct EventTee: LogHandler {
  private var inner: any LogHandler
  private let label: String
  private let events: EventLog

  init(_ inner: any LogHandler, label: String, events: EventLog) {
    self.inner = inner
    self.label = label
    self.events = events
  }

  /// Whatever is wanted on standard error.
  var logLevel: Logger.Level {
    get { min(inner.logLevel, .warning) }
    set { inner.logLevel = newValue }
  }
  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue }
  }
  var metadataProvider: Logger.MetadataProvider? {
    get { inner.metadataProvider }
    set { inner.metadataProvider = newValue }
  }
  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    if event.level >= inner.logLevel { inner.log(event: event) }
    guard event.level >= .warning else { return }
    let facts = LogField.merged(inner.metadata, inner.metadataProvider, event)
    events.append(
      .log, event.level >= .error ? .error : .warning, event.message.description,
      detail: facts.map { "\($0.key)=\(LogField.plain($0.value))" }.joined(separator: " "), plugin: label)
  }
}
