// What the API answers when it cannot do what it was asked: status, reason, remedy.

import FoundationEssentials
import PluginAPI

struct APIProblem: Error {
  let status: Int
  let reason: String
  let remedy: String
  var headers: [(name: String, value: String)] = []

  init(_ status: Int, _ reason: String, _ remedy: String) {
    self.status = status
    self.reason = reason
    self.remedy = remedy
  }

  static func notSignedIn(_ listener: AdminListener) -> APIProblem {
    let certificate = "come with a client certificate of an authority in gateway.admin.tls.client_ca"
    if !listener.asksForCertificate {
      return APIProblem(401, "nobody is signed in", "Sign in with the administrator's password.")
    }
    if listener.password == nil {
      return APIProblem(401, "no client certificate was shown", "C\(certificate.dropFirst()).")
    }
    return APIProblem(
      401, "nobody is signed in", "Sign in with the administrator's password, or \(certificate).")
  }
  static let noToken = APIProblem(
    403, "the change does not carry the token of this page", "Load the page again.")
  static let foreignOrigin = APIProblem(
    403, "the request comes from another site", "Use the gateway's own page.")
  static let foreignHost = APIProblem(
    421, "the listener is on loopback and is not known by this name",
    "Use its address, or add the name to gateway.admin.hosts.")
  static let forwarded = APIProblem(
    403, "the request came through a proxy, and nobody is asked for a password",
    "Set gateway.admin.password before others can reach this page.")
  static let notPaused = APIProblem(404, "it is not on hold", "Nothing needs to be done: it goes on.")
  static let notFound = APIProblem(404, "there is no such thing here", "Look at the list again.")

  static func tooManyTries(after wait: Duration) -> APIProblem {
    let seconds = max(1, Int(wait.inSeconds.rounded(.up)))
    var problem = APIProblem(429, "too many wrong passwords", "Try again in \(seconds) s.")
    problem.headers = [("retry-after", String(seconds))]
    return problem
  }

  private struct Body: Encodable {
    struct Words: Encodable {
      let reason: String
      let remedy: String
    }
    let error: Words
  }

  var response: WebResponse {
    var response = WebResponse.json(Body(error: .init(reason: reason, remedy: remedy)), status: status)
    response.headers = headers
    return response
  }
}

extension WebResponse {
  /// Sorted keys, dates in RFC 3339 with milliseconds.
  static func json(_ value: some Encodable, status: Int = 200) -> WebResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(WallTime(date).rfc3339)
    }
    guard let body = try? encoder.encode(value) else { return WebResponse(500) }
    return WebResponse(status, contentType: "application/json", body: Array(body))
  }
}
