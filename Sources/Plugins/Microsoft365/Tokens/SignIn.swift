// Who signs in where, for what: the key of a cached token, and the request that gets one.

import PluginAPI

/// One way to get an access token. Two that are equal share one.
struct SignIn: Sendable, Hashable {
  enum Grant: Sendable, Hashable {
    /// Resource owner password credentials (OAuth 2.0, RFC 6749 §4.3): a communication account.
    case password(username: String)
    /// Client credentials (RFC 6749 §4.4): the application itself.
    case clientSecret
  }
  enum Purpose: String, Sendable, Hashable, CaseIterable { case reading, writing }

  let purpose: Purpose
  let grant: Grant
  let clientID: String
  /// Separated by spaces.
  let scope: String
  let secret: Secret
  /// Whether the gateway is unready while it fails.
  let required: Bool

  static func == (a: SignIn, b: SignIn) -> Bool {
    a.purpose == b.purpose && a.grant == b.grant && a.clientID == b.clientID && a.scope == b.scope
  }
  func hash(into hasher: inout Hasher) {
    hasher.combine(grant)
    hasher.combine(clientID)
    hasher.combine(scope)
  }

  /// The account, or the application's id.
  var subject: String {
    switch grant {
    case .password(let username): username
    case .clientSecret: clientID
    }
  }
  var checkName: String { purpose == .writing ? "writing sign-in" : "reading sign-in \(subject)" }

  /// The fields of the token request with `secret` revealed: build it, send it, forget it.
  func form(secret: String) -> [(name: String, value: String)] {
    switch grant {
    case .password(let username):
      [
        ("grant_type", "password"), ("client_id", clientID), ("scope", scope), ("username", username),
        ("password", secret),
      ]
    case .clientSecret:
      [
        ("grant_type", "client_credentials"), ("client_id", clientID), ("scope", scope),
        ("client_secret", secret),
      ]
    }
  }
}

extension SignIn {
  static func account(_ account: ReadOptions.Account, options: Options, required: Bool) -> SignIn {
    let graph = options.cloud.graph
    let groups = options.filter.allGroups.isEmpty ? "" : " \(graph)/GroupMember.Read.All"
    return SignIn(
      purpose: .reading, grant: .password(username: account.username), clientID: options.read?.clientID ?? "",
      scope: "\(graph)/Presence.Read.All \(graph)/User.Read.All\(groups)", secret: account.password,
      required: required
    )
  }
  static func application(
    _ purpose: Purpose, clientID: String, secret: Secret, options: Options, required: Bool
  ) -> SignIn {
    SignIn(
      purpose: purpose, grant: .clientSecret, clientID: clientID, scope: "\(options.cloud.graph)/.default",
      secret: secret, required: required)
  }
}
