// Who signs in where, for what: the key of a cached token, and the request that gets one.

import PluginAPI

/// One way to get an access token. Two that are equal share one.
struct SignIn: Sendable, Hashable {
  enum Grant: Sendable, Hashable {
    /// Resource owner password credentials (OAuth 2.0, RFC 6749 §4.3): a sync account.
    case password(username: String)
    /// A refresh token (RFC 6749 §6) that a device code brought (RFC 8628): a sync account with MFA.
    case deviceCode(username: String)
    /// Client credentials (RFC 6749 §4.4): the application itself.
    case application
  }
  enum Purpose: String, Sendable, Hashable, CaseIterable { case reading, writing }

  let purpose: Purpose
  let grant: Grant
  let clientID: String
  /// Separated by spaces.
  let scope: String
  let credential: Credential
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

  /// The account's user name, or nil for the application itself.
  var username: String? {
    switch grant {
    case .password(let username), .deviceCode(let username): username
    case .application: nil
    }
  }
  /// The account, or the application's id.
  var subject: String { username ?? clientID }
  var checkName: String { purpose == .writing ? "writing sign-in" : "reading sign-in \(subject)" }

  /// The fields of the token request: build it, send it, forget it.
  func form(_ proof: Proof) -> [(name: String, value: String)] {
    let client = [(name: "client_id", value: clientID), (name: "scope", value: scope)]
    switch proof {
    case .password(let password):
      return [("grant_type", "password")] + client
        + [("username", username ?? ""), ("password", password)]
    case .refreshToken(let token):
      return [("grant_type", "refresh_token")] + client + [("refresh_token", token)]
    case .clientSecret(let secret):
      return [("grant_type", "client_credentials")] + client + [("client_secret", secret)]
    case .assertion(let assertion):
      return [("grant_type", "client_credentials")] + client
        + [("client_assertion_type", ClientAssertion.type), ("client_assertion", assertion)]
    }
  }

  /// What proves a sign-in, revealed; it never prints.
  enum Proof: Sendable, CustomStringConvertible, CustomReflectable {
    case password(String)
    case refreshToken(String)
    case clientSecret(String)
    case assertion(String)

    var description: String { "proof" }
    var customMirror: Mirror { Mirror(self, children: []) }
  }
}

extension SignIn {
  /// An account that reads. `offline_access` brings the refresh token, `openid` tells who has signed in.
  static func account(
    _ grant: Grant, _ credential: Credential, options: Options, required: Bool
  ) -> SignIn {
    let graph = options.cloud.graph
    let groups = options.filter.allGroups.isEmpty ? "" : " \(graph)/GroupMember.Read.All"
    return SignIn(
      purpose: .reading, grant: grant, clientID: options.read?.clientID ?? "",
      scope: "\(graph)/Presence.Read.All \(graph)/User.Read.All\(groups) offline_access openid profile",
      credential: credential, required: required)
  }
  static func application(
    _ purpose: Purpose, clientID: String, credential: Credential, options: Options, required: Bool
  ) -> SignIn {
    SignIn(
      purpose: purpose, grant: .application, clientID: clientID, scope: "\(options.cloud.graph)/.default",
      credential: credential, required: required)
  }
}
