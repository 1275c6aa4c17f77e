// Delegated scopes as a token request spells them, checked against what the application has consent for.

struct RequestedScopes: Sendable {
  private var permissions: Set<String> = []
  private var words: Set<String> = []

  /// `graph`: the simulated Graph's address, which counts as Microsoft's.
  init(_ text: String?, graph: String, app: GraphApp) throws(LoginRefusal) {
    guard let text, !text.isEmpty else { throw .missing("scope") }
    for scope in text.split(separator: " ") {
      if ["openid", "profile", "email", "offline_access"].contains(scope) {
        words.insert(String(scope))
        continue
      }
      var name = scope
      if let resource = ["https://graph.microsoft.com/", graph + "/"].first(where: { scope.hasPrefix($0) }) {
        name = scope.dropFirst(resource.count)
      } else if scope.contains("/") {
        throw LoginRefusal(
          400, "invalid_scope", 70011,
          "The provided request must include a 'scope' input parameter. The provided value for the input "
            + "parameter "
            + "'scope' is not valid. The scope \(scope) is not valid.")
      }
      if name == ".default" {
        permissions.formUnion(app.delegated)
      } else if app.delegated.contains(String(name)) {
        permissions.insert(String(name))
      } else {
        throw LoginRefusal(
          400, "invalid_grant", 65001,
          "The user or administrator has not consented to use the application with ID '\(app.id)' named "
            + "'\(app.name)'. Send an interactive authorization request for this user and resource.",
          suberror: "consent_required")
      }
    }
  }

  func grant(app: GraphApp, user: String, alwaysRefresh: Bool = false) -> LoginGrant {
    LoginGrant(
      app: app.id, user: user, permissions: permissions,
      wantsRefreshToken: alwaysRefresh || words.contains("offline_access"),
      wantsIDToken: words.contains("openid"))
  }
}

extension LoginRefusal {
  static func missing(_ parameter: String) -> LoginRefusal {
    LoginRefusal(
      400, "invalid_request", 900144, "The request body must contain the following parameter: '\(parameter)'."
    )
  }
  static func unknownTenant(_ name: String) -> LoginRefusal {
    LoginRefusal(
      400, "invalid_request", 90002,
      "Tenant '\(name)' not found. Check to make sure you have the correct tenant ID and are signing "
        + "into the correct "
        + "cloud. Check with your subscription administrator, this may happen if there are no active "
        + "subscriptions "
        + "for the tenant.")
  }
  static let sharedTenant = LoginRefusal(
    400, "invalid_request", 9_001_023,
    "The grant type is not supported over the /common or /consumers endpoints. Please use the "
      + "/organizations or "
      + "tenant-specific endpoint.")
  static func notMultiTenant(_ id: String, _ name: String) -> LoginRefusal {
    LoginRefusal(
      400, "invalid_request", 50194,
      "Application '\(id)'(\(name)) is not configured as a multi-tenant application. Usage of the "
        + "/common endpoint is "
        + "not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or "
        + "configure the "
        + "application to be multi-tenant.")
  }
  static let locked = LoginRefusal(
    400, "invalid_grant", 50053,
    "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
  static let disabled = LoginRefusal(400, "invalid_grant", 50057, "The user account is disabled.")
  static let needsMFA = LoginRefusal(
    400, "invalid_grant", 50076,
    "Due to a configuration change made by your administrator, or because you moved to a new location, "
      + "you must use "
      + "multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
    suberror: "basic_action")
  static let inactive = LoginRefusal(
    400, "invalid_grant", 70008,
    "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive "
      + "authorization request for this user and resource.",
    suberror: "token_expired")
  static func revoked(issued: String, validFrom: String) -> LoginRefusal {
    LoginRefusal(
      400, "invalid_grant", 50173,
      "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user "
        + "might have "
        + "changed or reset their password. The grant was issued on '\(issued)' and the TokensValidFrom "
        + "date (before "
        + "which tokens are not valid) for this user is '\(validFrom)'.",
      suberror: "bad_token")
  }
  static let transient = LoginRefusal(
    503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
}
