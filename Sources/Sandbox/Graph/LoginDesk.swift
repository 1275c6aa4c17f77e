// The rules of the token endpoint: who gets a token for what, and which AADSTS error everybody else gets.

import FoundationEssentials
import OpenSSLCrypto

/// What a token request asked for, once granted.
struct LoginGrant: Sendable {
  let app: String
  let user: String?
  let permissions: Set<String>
  let wantsRefreshToken: Bool
  let wantsIDToken: Bool
  var withMFA = false
}

/// Where and when a token request arrived.
struct LoginPlace: Sendable {
  /// The simulated Graph's address, whose scopes count as Microsoft's.
  let graph: String
  /// As in the path.
  let tenant: String
  let now: Date
}

struct LoginDesk: Sendable {
  struct Account: Sendable {
    let id: String
    var password: String
    var needsMFA = false
    var isDisabled = false
    var refusal: AccountRefusal?
    var wrongAttempts = 0
    var lockedUntil = Date.distantPast
    var passwordChanged = Date.distantPast
  }

  /// Smart lockout: after so many wrong passwords the account is locked for a minute.
  static let allowedAttempts = 10
  static let lockSeconds = 60.0
  static let refreshSeconds = 90 * 86400.0

  private let tenantID: String
  private let tenantName: String
  private var apps: [String: GraphApp]
  var accounts: [String: Account]
  var deviceCodes = DeviceCodes()
  let deviceCodeInterval: Double
  private var expiredSecrets: Set<String> = []
  /// Raised to revoke all access tokens.
  private(set) var generation = 0

  /// `accounts` with the object ids of their users.
  init(options: GraphOptions, accounts: [(id: String, account: GraphAccount)]) {
    tenantID = options.tenantID
    tenantName = options.tenantName
    deviceCodeInterval = options.deviceCodeInterval
    apps = Dictionary(options.apps.map { ($0.id.lowercased(), $0) }) { _, last in last }
    self.accounts = Dictionary(
      accounts.map { ($0.account.username.lowercased(), Account(id: $0.id, password: $0.account.password)) }
    ) { _, last in last }
  }

  mutating func requireMFA(_ username: String) { accounts[username.lowercased()]?.needsMFA = true }
  /// The object id of the account's user, or nil when there is no such account.
  mutating func setDisabled(_ username: String, _ isDisabled: Bool) -> String? {
    accounts[username.lowercased()]?.isDisabled = isDisabled
    return accounts[username.lowercased()]?.id
  }
  func isDisabled(user: String) -> Bool { accounts.values.contains { $0.isDisabled && $0.id == user } }
  mutating func refuse(_ username: String, _ refusal: AccountRefusal?) {
    accounts[username.lowercased()]?.refusal = refusal
  }
  mutating func revokeRefreshTokens(of username: String, now: Date) {
    accounts[username.lowercased()]?.passwordChanged = now
  }
  mutating func expireSecret(of app: String) { expiredSecrets.insert(app.lowercased()) }
  mutating func replaceSecret(of app: String, with secret: String) {
    expiredSecrets.remove(app.lowercased())
    apps[app.lowercased()]?.secret = secret
  }
  mutating func revokeTokens() { generation += 1 }
  mutating func changePassword(_ username: String, to password: String, now: Date) {
    accounts[username.lowercased()]?.password = password
    accounts[username.lowercased()]?.passwordChanged = now
  }

  mutating func grant(
    _ form: [String: String], at place: LoginPlace, domain: String, open: (String) -> AccessGrant?
  ) throws(LoginRefusal) -> LoginGrant {
    let (tenant, graph, now) = (place.tenant, place.graph, place.now)
    guard let type = form["grant_type"], !type.isEmpty else { throw .missing("grant_type") }
    if form["resource"] != nil {
      throw LoginRefusal(400, "invalid_request", 901002, "The 'resource' request parameter is not supported.")
    }
    let isShared = ["common", "consumers", "organizations"].contains(tenant)
    guard isShared || tenant == tenantID || tenant == domain else { throw .unknownTenant(tenant) }
    guard let id = form["client_id"], !id.isEmpty else { throw .missing("client_id") }
    switch type {
    case "password":
      guard tenant != "common", tenant != "consumers" else { throw .sharedTenant }
      let app = try registration(id)
      try checkPublic(app, form, place)
      return try passwordGrant(app, form, graph, now)
    case "client_credentials":
      let app = try registration(id)
      guard !isShared else { throw .notMultiTenant(app.id, app.name) }
      try checkProof(app, form, place)
      return try credentialsGrant(app, form, graph)
    case "urn:ietf:params:oauth:grant-type:device_code":
      let app = try registration(id)
      try checkPublic(app, form, place)
      return try deviceCodeGrant(app, form, graph, now)
    case "refresh_token":
      let app = try registration(id)
      try checkPublic(app, form, place)
      return try refreshGrant(app, form, graph, open, now)
    default:
      throw LoginRefusal(
        400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '\(type)'.")
    }
  }

  func registration(_ id: String) throws(LoginRefusal) -> GraphApp {
    guard let app = apps[id.lowercased()] else {
      throw LoginRefusal(
        400, "unauthorized_client", 700016,
        "Application with identifier '\(id)' was not found in the directory '\(tenantName)'. This can "
          + "happen if the "
          + "application has not been installed by the administrator of the tenant or consented to by any "
          + "user in "
          + "the tenant. You may have sent your authentication request to the wrong tenant.")
    }
    return app
  }

  func checkPublic(
    _ app: GraphApp, _ form: [String: String], _ place: LoginPlace
  ) throws(LoginRefusal) {
    let hasSecret = form["client_secret"] != nil || form["client_assertion"] != nil
    if app.allowsPublicClient {
      guard !hasSecret else {
        throw LoginRefusal(
          401, "invalid_client", 700025,
          "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
      }
    } else {
      try checkProof(app, form, place)
    }
  }

  /// A secret, or an assertion.
  private func checkProof(
    _ app: GraphApp, _ form: [String: String], _ place: LoginPlace
  ) throws(LoginRefusal) {
    if form["client_assertion"] != nil {
      // Microsoft's own host too: what is signed names the endpoint that the client believes it talks to.
      let hosts = [place.graph, "https://login.microsoftonline.com"]
      let audiences = hosts.flatMap { host in
        [tenantID, place.tenant].map { "\(host)/\($0)/oauth2/v2.0/token" }
      }
      try ClientAssertionCheck(audiences: Set(audiences), now: place.now).check(form, of: app)
    } else {
      try checkSecret(app, form)
    }
    if expiredSecrets.contains(app.id.lowercased()) { throw Self.expiredSecret(app) }
  }

  private func checkSecret(_ app: GraphApp, _ form: [String: String]) throws(LoginRefusal) {
    guard let given = form["client_secret"], !given.isEmpty else {
      throw LoginRefusal(
        401, "invalid_client", 7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
    }
    guard let secret = app.secret, constantTimeEqual(Array(secret.utf8), Array(given.utf8)) else {
      throw LoginRefusal(401, "invalid_client", 7_000_215, "Invalid client secret is provided.")
    }
  }

  private static func expiredSecret(_ app: GraphApp) -> LoginRefusal {
    LoginRefusal(
      401, "invalid_client", 7_000_222,
      "The provided client secret keys for app '\(app.id)' are expired. Visit the Azure portal to create new keys for "
        + "your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
        + "https://aka.ms/certCreds.")
  }

  private func credentialsGrant(
    _ app: GraphApp, _ form: [String: String], _ graph: String
  ) throws(LoginRefusal) -> LoginGrant {
    guard let scope = form["scope"], !scope.isEmpty else { throw .missing("scope") }
    guard ["https://graph.microsoft.com", graph].contains(where: { scope == $0 + "/.default" }) else {
      throw LoginRefusal(
        400, "invalid_scope", 1_002_012,
        "The provided value for scope \(scope) is not valid. Client credential flows must have a scope "
          + "value with "
          + "/.default suffixed to the resource identifier (application ID URI).")
    }
    return LoginGrant(
      app: app.id, user: nil, permissions: app.application, wantsRefreshToken: false, wantsIDToken: false)
  }

  private mutating func passwordGrant(
    _ app: GraphApp, _ form: [String: String], _ graph: String, _ now: Date
  ) throws(LoginRefusal) -> LoginGrant {
    guard let username = form["username"], !username.isEmpty else { throw .missing("username") }
    guard let password = form["password"], !password.isEmpty else { throw .missing("password") }
    let scopes = try RequestedScopes(form["scope"], graph: graph, app: app)
    let key = username.lowercased()
    guard var account = accounts[key] else {
      throw LoginRefusal(
        400, "invalid_grant", 50034,
        "The user account {EmailHidden} does not exist in the \(tenantID) directory. To sign into this "
          + "application, "
          + "the account must be added to the directory.")
    }
    if let refusal = account.refusal { throw refusal.refusal }
    guard account.lockedUntil <= now else { throw .locked }
    guard constantTimeEqual(Array(account.password.utf8), Array(password.utf8)) else {
      account.wrongAttempts += 1
      if account.wrongAttempts >= Self.allowedAttempts {
        account.wrongAttempts = 0
        account.lockedUntil = now + Self.lockSeconds
      }
      accounts[key] = account
      throw LoginRefusal(
        400, "invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
    }
    accounts[key]?.wrongAttempts = 0
    guard !account.isDisabled else { throw .disabled }
    guard !account.needsMFA else { throw .needsMFA }
    return scopes.grant(app: app, user: account.id)
  }

  private func refreshGrant(
    _ app: GraphApp, _ form: [String: String], _ graph: String, _ open: (String) -> AccessGrant?, _ now: Date
  ) throws(LoginRefusal) -> LoginGrant {
    guard let token = form["refresh_token"], !token.isEmpty else { throw .missing("refresh_token") }
    guard let old = open(token), old.app == app.id,
      let account = accounts.values.first(where: { $0.id == old.user })
    else {
      throw LoginRefusal(400, "invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")
    }
    guard old.expires > now else { throw .inactive }
    guard old.issued >= account.passwordChanged else {
      throw .revoked(issued: GraphDate.text(old.issued), validFrom: GraphDate.text(account.passwordChanged))
    }
    guard !account.isDisabled else { throw .disabled }
    if let refusal = account.refusal { throw refusal.refusal }
    guard !account.needsMFA || old.withMFA else { throw .needsMFA }
    guard let scope = form["scope"], !scope.isEmpty else {
      return LoginGrant(
        app: app.id, user: account.id, permissions: old.permissions, wantsRefreshToken: true,
        wantsIDToken: false, withMFA: old.withMFA)
    }
    var granted = try RequestedScopes(scope, graph: graph, app: app).grant(
      app: app, user: account.id, alwaysRefresh: true)
    granted.withMFA = old.withMFA
    return granted
  }
}
