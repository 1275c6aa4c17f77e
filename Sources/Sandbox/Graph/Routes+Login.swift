// The login host: tokens, discovery documents and signing keys.

import FoundationEssentials
import NIOHTTP1
import OpenSSLCrypto

/// A granted token request.
private struct TokenAnswer: Encodable {
  enum CodingKeys: String, CodingKey {
    case type = "token_type"
    case scope
    case seconds = "expires_in"
    case extendedSeconds = "ext_expires_in"
    case accessToken = "access_token"
    case refreshToken = "refresh_token"
    case identityToken = "id_token"
    case clientInfo = "client_info"
  }
  let type = "Bearer"
  var scope: String?
  let seconds: Int
  let extendedSeconds: Int
  let accessToken: String
  var refreshToken: String?
  var identityToken: String?
  var clientInfo: String?
}

extension GraphService {
  func login(_ request: ServerRequest, _ ids: RequestIDs) -> ServerReply {
    let parts = request.path.split(separator: "/").map { String($0) }
    let rest = parts.dropFirst().joined(separator: "/")
    do throws(LoginRefusal) {
      guard let tenant = parts.first?.lowercased() else { return .now(ServerAnswer(.notFound)) }
      if rest.hasPrefix("userrealm/") { return .now(realm(of: parts[parts.count - 1])) }
      switch rest {
      case "": return tenant == "devicelogin" ? browser(request) : .now(ServerAnswer(.notFound))
      case "oauth2/v2.0/devicecode": return .now(try deviceCode(request, tenant))
      case "oauth2/v2.0/token": return .now(try token(request, tenant))
      case "v2.0/.well-known/openid-configuration", ".well-known/openid-configuration":
        return .now(GraphCall.json(try discovery(tenant, isV2: rest.hasPrefix("v2.0"))))
      case "discovery/keys", "discovery/v2.0/keys":
        let shown = try known(tenant)
        let issuer = issuer(shown, isV2: rest.contains("v2.0"))
        return .now(GraphCall.json(keys.withLock { $0.published(issuer: issuer) }))
      default: return .now(ServerAnswer(.notFound))
      }
    } catch {
      observer.refused(
        .teams, reason: "\(request.method) \(request.path) \(error.status) AADSTS\(error.code)")
      return .now(error.answer(traceID: ids.request, correlationID: ids.client, now: clock.date))
    }
  }

  /// Whether an account signs in here or at a federated service, which Microsoft's clients ask before a password.
  private func realm(of user: String) -> ServerAnswer {
    let domain = FormFields.percentDecoded(user[...]).split(separator: "@").last.map { String($0) }
    return GraphCall.json(
      [
        "ver": "1.0", "account_type": domain == population.domain ? "Managed" : "Unknown",
        "domain_name": JSONValue(domain), "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
      ] as JSONValue)
  }

  private func posted(_ request: ServerRequest) throws(LoginRefusal) -> [String: String] {
    guard request.method == .POST else {
      throw LoginRefusal(
        400, "invalid_request", 900561,
        "The endpoint only accepts POST requests. Received a \(request.method) request.")
    }
    let type = request.headers.first(name: "Content-Type")?.lowercased() ?? ""
    let isForm = type.hasPrefix("application/x-www-form-urlencoded")
    return isForm ? FormFields.decode(String(decoding: request.body, as: UTF8.self)) : [:]
  }

  private func deviceCode(_ request: ServerRequest, _ tenant: String) throws(LoginRefusal) -> ServerAnswer {
    let form = try posted(request)
    _ = try known(tenant)
    let place = LoginPlace(graph: baseURL, tenant: tenant, now: clock.date)
    let code = try desk.withLock { desk in
      Result { () throws(LoginRefusal) in try desk.deviceCode(form, at: place) }
    }.get()
    let page = "\(baseURL)/devicelogin"
    let answer: JSONValue = [
      "user_code": .string(code.user), "device_code": .string(code.device), "verification_uri": .string(page),
      "expires_in": .number(Int(DeviceCodes.seconds)), "interval": .number(Int(options.deviceCodeInterval)),
      "message": .string(
        "To sign in, use a web browser to open the page \(page) and enter the code \(code.user) to authenticate."
      ),
    ]
    return GraphCall.json(answer)
  }

  /// Stands for the person's web browser: POST with `user_code` and `username`; without a name it is declined.
  private func browser(_ request: ServerRequest) -> ServerReply {
    guard let form = try? posted(request), let code = form["user_code"] else {
      return .now(ServerAnswer(.badRequest))
    }
    return .now(ServerAnswer(answerDeviceCode(code, as: form["username"]) ? .ok : .notFound))
  }

  private func token(_ request: ServerRequest, _ tenant: String) throws(LoginRefusal) -> ServerAnswer {
    var form = try posted(request)
    form.merge(basicCredentials(request.headers)) { inBody, _ in inBody }
    let now = clock.date
    let place = LoginPlace(graph: baseURL, tenant: tenant, now: now)
    let seal = seal
    let (granted, generation) = try desk.withLock { desk in
      Result { () throws(LoginRefusal) in
        let granted = try desk.grant(
          form, at: place, domain: population.domain, open: { seal.open($0, .refresh) })
        return (granted, desk.generation)
      }
    }.get()
    return GraphCall.json(tokenAnswer(granted, form, generation, now))
  }

  private func tokenAnswer(
    _ granted: LoginGrant, _ form: [String: String], _ generation: Int, _ now: Date
  ) -> TokenAnswer {
    func grant(_ seconds: Double) -> AccessGrant {
      AccessGrant(
        app: granted.app, user: granted.user, permissions: granted.permissions, issued: now,
        expires: now + seconds, generation: generation, withMFA: granted.withMFA)
    }
    let life = options.accessTokenSeconds
    var answer = TokenAnswer(
      seconds: Int(life) - 1, extendedSeconds: Int(life) - 1,
      accessToken: seal.seal(grant(life), .access, tenant: options.tenantID))
    if let user = granted.user {
      answer.scope = (granted.permissions.sorted() + ["profile", "openid", "email"]).joined(separator: " ")
      if granted.wantsRefreshToken {
        answer.refreshToken = seal.seal(grant(LoginDesk.refreshSeconds), .refresh)
      }
      if granted.wantsIDToken { answer.identityToken = identityToken(granted.app, user, now) }
      if form["client_info"] == "1" {
        answer.clientInfo = Base64.encodeURL(
          JSONValue.bytes(["uid": .string(user), "utid": .string(options.tenantID)] as JSONValue))
      }
    }
    return answer
  }

  private func identityToken(_ app: String, _ user: String, _ now: Date) -> String? {
    let seconds = Int(now.timeIntervalSince1970)
    let name = directory.withLock { users in users.index(of: user).map { users[$0].userPrincipalName } }
    let claims: [String: JSONValue] = [
      "aud": .string(app), "iss": .string(issuer(options.tenantID, isV2: true)), "iat": .number(seconds),
      "nbf": .number(seconds), "exp": .number(seconds + 3600), "oid": .string(user), "sub": .string(user),
      "preferred_username": JSONValue(name), "tid": .string(options.tenantID), "ver": "2.0",
    ]
    return keys.withLock { try? $0.token(claims) }
  }

  /// HTTP Basic is accepted in place of the two form fields.
  private func basicCredentials(_ headers: HTTPHeaders) -> [String: String] {
    guard let header = headers.first(name: "Authorization"), header.lowercased().hasPrefix("basic "),
      let bytes = Base64.decode(String(header.dropFirst(6)))
    else { return [:] }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return [:] }
    return [
      "client_id": FormFields.percentDecoded(parts[0]), "client_secret": FormFields.percentDecoded(parts[1]),
    ]
  }

  /// The tenant as the documents name it; `common` and its like stay a placeholder.
  private func known(_ tenant: String) throws(LoginRefusal) -> String {
    if ["common", "organizations", "consumers"].contains(tenant) { return "{tenantid}" }
    guard tenant == options.tenantID || tenant == population.domain else { throw .unknownTenant(tenant) }
    return options.tenantID
  }

  private func issuer(_ tenant: String, isV2: Bool) -> String {
    isV2 ? "\(baseURL)/\(tenant)/v2.0" : "https://sts.windows.net/\(tenant)/"
  }

  private func discovery(_ tenant: String, isV2: Bool) throws(LoginRefusal) -> JSONValue {
    let shown = try known(tenant)
    let root = "\(baseURL)/\(tenant)"
    return [
      "issuer": .string(issuer(shown, isV2: isV2)), "token_endpoint": .string("\(root)/oauth2/v2.0/token"),
      "authorization_endpoint": .string("\(root)/oauth2/v2.0/authorize"),
      "device_authorization_endpoint": .string("\(root)/oauth2/v2.0/devicecode"),
      "jwks_uri": .string("\(baseURL)/common/discovery/\(isV2 ? "v2.0/" : "")keys"),
      "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
      "response_types_supported": ["code", "id_token", "token"], "subject_types_supported": ["pairwise"],
      "id_token_signing_alg_values_supported": ["RS256"],
      "scopes_supported": ["openid", "profile", "email", "offline_access"], "tenant_region_scope": "EU",
    ]
  }
}
