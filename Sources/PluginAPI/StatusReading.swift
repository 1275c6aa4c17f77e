// The gateway's state for a plugin that shows it to somebody inside its own system. Read-only.

public protocol StatusReading: Sendable {
  /// JSON, as `/status.json` of the admin listener has it.
  func statusJSON() async -> [UInt8]
}
