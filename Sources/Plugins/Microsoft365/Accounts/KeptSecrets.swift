// The names under which accounts keep their secrets in the plugin's state.

enum KeptSecrets {
  static func password(of account: String) -> String { "password/\(account.lowercased())" }
  static func refreshToken(of account: String) -> String { "refresh-token/\(account.lowercased())" }

  static let remedy = "check gateway.secrets_key: without its key no secret is kept or read"
}
