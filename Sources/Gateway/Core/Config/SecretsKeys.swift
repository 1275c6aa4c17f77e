// The keys with which plugins' secrets are encrypted in the state file, as the configuration names them.

import PluginAPI

public struct SecretsKeys: Sendable, Hashable {
  /// Encrypts; nil when none is configured: then no plugin can keep a secret.
  public let current: Secret?
  /// Still decrypt what was encrypted before a change of key.
  public let previous: [Secret]

  init(reading gateway: ConfigSection) {
    current = gateway.optionalSecret(
      "secrets_key",
      "32 bytes as hex or base64, with which sign-ins are encrypted in the state file: `presence-gateway state new-key`"
    )
    previous = gateway.secrets(
      "previous_secrets_keys", "Former values of secrets_key, so that it can be changed")
    check(current, "secrets_key", in: gateway)
    for (index, key) in previous.enumerated() { check(key, "previous_secrets_keys[\(index)]", in: gateway) }
  }

  /// One that cannot be read is told with the other secrets that cannot.
  private func check(_ key: Secret?, _ option: String, in gateway: ConfigSection) {
    guard let text = try? key?.reveal(), SecretBox.Key(text) == nil else { return }
    gateway.reject(
      option,
      "must be 32 bytes as 64 hex digits or as base64; `presence-gateway state new-key` prints a new one")
  }

  /// By where the keys come from: their values are nobody's to compare.
  public static func == (a: SecretsKeys, b: SecretsKeys) -> Bool { a.references == b.references }
  public func hash(into hasher: inout Hasher) { hasher.combine(references) }
  private var references: [String] { [current?.reference ?? ""] + previous.map(\.reference) }
}
