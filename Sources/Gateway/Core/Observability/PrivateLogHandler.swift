// For `privacy: true`: every fact that names a person is replaced before a line is written.

import Logging

struct PrivateLogHandler: LogHandler {
  /// Facts whose whole value is a person.
  static let personal: Set<String> = ["user", "person"]
  private var inner: any LogHandler
  private let pseudonyms = Pseudonyms()

  init(_ inner: any LogHandler) { self.inner = inner }

  var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }
  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = hidden(newValue) }
  }
  var metadataProvider: Logger.MetadataProvider? {
    get { inner.metadataProvider }
    set { inner.metadataProvider = newValue }
  }
  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue.map { hidden($0, of: key) } }
  }

  func log(event: LogEvent) {
    var event = event
    event.metadata = event.metadata.map(hidden)
    if let error = event.error {
      event.metadata = (event.metadata ?? [:]).merging(
        ["error": .string(pseudonyms.hidingAddresses(in: "\(error)"))]
      ) { $1 }
      event.error = nil
    }
    inner.log(event: event)
  }

  private func hidden(_ metadata: Logger.Metadata) -> Logger.Metadata {
    Dictionary(uniqueKeysWithValues: metadata.map { ($0, hidden($1, of: $0)) })
  }

  private func hidden(_ value: Logger.MetadataValue, of key: String) -> Logger.MetadataValue {
    switch value {
    case .string(let text): .string(hidden(text, of: key))
    case .stringConvertible(let value): .string(hidden(value.description, of: key))
    case .array(let values): .array(values.map { hidden($0, of: key) })
    case .dictionary(let fields): .dictionary(hidden(fields))
    }
  }

  private func hidden(_ text: String, of key: String) -> String {
    Self.personal.contains(key) ? pseudonyms.name(for: text) : pseudonyms.hidingAddresses(in: text)
  }
}

extension LogOptions {
  /// Makes the logger of a plugin or a part, as these options want it.
  func loggers(
    _ handler: @escaping @Sendable (_ label: String, _ level: Logger.Level) -> any LogHandler
  ) -> @Sendable (String) -> Logger {
    { label in
      Logger(label: label) { label in
        let plain = handler(label, level(of: label))
        return privacy ? PrivateLogHandler(plain) : plain
      }
    }
  }
}
