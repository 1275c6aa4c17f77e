// Everything behind the admin listener, put together: probes, the API, and the page.

import AdminPage
import FoundationEssentials
import PluginAPI

struct AdminSite: Sendable {
  let access: AdminAccess
  let probes: AdminRoutes
  let protectsMetrics: Bool
  let status: StatusReport
  let people: PeopleReport
  let currentIDs: @Sendable () -> [String]
  var ids: [String] { currentIDs() }
  var core: GatewayCore { people.core }
  let problems: ProblemBoard
  let events: EventLog
  let accounts: AccountDesk
  let configuration: ConfigurationReport
  let overrides: OverridesDesk
  let audit: AuditLog
  let clock: any GatewayClock
  let tryAgain: @Sendable () -> Void

  /// For `WebServerOptions.headers`: nothing from elsewhere, nothing inline, and nothing kept by a browser.
  static let headers: [(name: String, value: String)] = [
    (
      "content-security-policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
  ]

  var routes: [InternalRoute] {
    probes.routes.map { route in
      let rule: AdminAccess.Rule =
        switch route.path {
        case "/healthz": .alive
        case "/readyz": .probe
        case "/metrics": protectsMetrics ? .monitoring : .probe
        default: .administrator
        }
      return access.guarding(route, rule)
    } + pageRoutes.map { access.guarding($0, .open) } + apiRoutes
  }

  private var pageRoutes: [InternalRoute] {
    AdminPage.files.map { file in
      InternalRoute(file.path) { _ in WebResponse(200, contentType: file.contentType, body: file.bytes) }
    }
  }

  private var apiRoutes: [InternalRoute] {
    let open = [
      route("/api/openapi.json", ["GET": { _ in Self.openAPI }]),
      route("/api/v1/session", ["GET": session, "POST": signIn, "DELETE": signOut]),
    ]
    let closed = [
      route("/api/v1/overview", ["GET": overview]),
      route("/api/v1/shadow", ["GET": shadowReport]),
      route("/api/v1/explain", ["GET": explain]),
      route("/api/v1/retry", ["POST": retry]),
      route("/api/v1/people", ["GET": listPeople]),
      route("/api/v1/people.csv", ["GET": peopleCSV]),
      route("/api/v1/people/{plugin}/{user}", ["GET": person]),
      route("/api/v1/people/{plugin}/{user}/pause", ["PUT": pausePerson, "DELETE": resumePerson]),
      route("/api/v1/routes/{from}/{to}/pause", ["PUT": pauseRoute, "DELETE": resumeRoute]),
      route("/api/v1/pauses", ["GET": listPauses]),
      route("/api/v1/overrides", ["GET": overridesNow, "PUT": replaceOverrides]),
      route("/api/v1/overrides/preview", ["POST": previewOverrides]),
      route("/api/v1/accounts", ["GET": listAccounts]),
      route("/api/v1/accounts/{plugin}", ["POST": addAccount]),
      route("/api/v1/accounts/{plugin}/{account}", ["DELETE": removeAccount]),
      route("/api/v1/sign-ins/{id}", ["GET": signInProgress, "DELETE": cancelSignIn]),
      route("/api/v1/events", ["GET": listEvents]),
      route("/api/v1/events/stream", ["GET": followEvents]),
      route("/api/v1/configuration", ["GET": { _ in .whole(.json(configuration.answer())) }]),
    ]
    return open.map { access.guarding($0, .open) } + closed.map { access.guarding($0, .administrator) }
  }

  typealias Endpoint = @Sendable (WebCall) async throws(APIProblem) -> WebAnswer

  private func route(_ path: String, _ endpoints: [String: Endpoint]) -> InternalRoute {
    var handlers: [String: InternalRoute.Handler] = [:]
    for (method, endpoint) in endpoints {
      handlers[method] = { call in
        do throws(APIProblem) { return try await endpoint(call) } catch { return .whole(error.response) }
      }
    }
    return InternalRoute(path, handlers)
  }

  private static let openAPI = WebAnswer.whole(
    WebResponse(200, contentType: "application/json", body: AdminPage.openAPI))
}

extension WebServerOptions {
  static func admin(_ listener: AdminListener) -> WebServerOptions {
    var options = WebServerOptions(name: "admin", listen: listener.listen, tls: listener.tls)
    options.headers = AdminSite.headers
    options.forwardedFor = listener.forwardedFor
    let megabytes = options.limits.maxBodyBytes >> 20
    options.refusal = { refusal in
      let remedy =
        switch refusal.status {
        case 413: "Send at most \(megabytes) MB with a change, and nothing with a question."
        case 431: "Send fewer or shorter headers."
        case 503: "Try again in a moment."
        default: "/api/openapi.json describes what is there."
        }
      return APIProblem(refusal.status, refusal.text, remedy).response
    }
    return options
  }
}
