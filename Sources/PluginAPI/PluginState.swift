// What a plugin instance keeps across restarts: small values by name, and secrets, which the core encrypts.

/// One namespace for each instance. Names are short and stable, such as "delta-link" or "refresh-token/sync1@…".
public protocol PluginState: Sendable {
  /// The newest value set, or nil. What cannot be read counts as never written.
  func value(_ name: String) async -> [UInt8]?
  /// Nil removes it. Returns when it is written; a full disk is the core's to report, the value lives on in memory.
  func set(_ value: [UInt8]?, for name: String) async
  /// Throws when the key of `gateway.secrets_key` is missing or is not the one it was encrypted with.
  func secret(_ name: String) async throws(SecretUnavailable) -> String?
  /// Nil removes it. Throws when there is no key to encrypt it with: then nothing is kept.
  func setSecret(_ value: String?, for name: String) async throws(SecretUnavailable)
}
