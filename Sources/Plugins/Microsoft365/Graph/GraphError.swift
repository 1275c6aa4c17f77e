// Why a call to Graph failed, and the remedy that follows: which failures pass by themselves is known only here.

import FoundationEssentials
import PluginAPI

enum GraphError: Error, Sendable, Hashable {
  /// No token: the sign-in failed.
  case signIn(PluginFailure)
  /// Graph takes no token of the sign-in.
  case tokenRefused(PluginFailure)
  case refused(GraphRefusal)
  case transport(HTTPClientError, host: String)
  /// Not sent: Microsoft has asked this application to wait so long.
  case paused(Duration)
  /// A success that makes no sense.
  case unreadable(String)

  /// The HTTP status of a refusal.
  var status: Int? { if case .refused(let refusal) = self { refusal.status } else { nil } }

  /// Whether Graph looked beyond the token: errors of its gateway may come before.
  var showsTokenTaken: Bool { status.map { [400, 403, 404, 409, 410].contains($0) } ?? false }

  /// Whether the request may have been carried out although no answer came.
  var isUncertain: Bool {
    switch self {
    case .transport(.timedOut, _), .transport(.connectionLost, _), .transport(.cancelled, _),
      .transport(.responseTooLarge, _), .unreadable:
      true
    case .refused(let refusal): refusal.status >= 500
    default: false
    }
  }

  var failure: PluginFailure {
    switch self {
    case .signIn(let failure), .tokenRefused(let failure): failure
    case .refused(let refusal): refusal.failure
    case .paused(let rest): PluginFailure(.retry(after: rest), "Microsoft has asked for a pause")
    case .transport(let error, let host): error.failure(reaching: host)
    case .unreadable(let text): PluginFailure(.retry(after: nil), text)
    }
  }
}

/// An error answer of Graph. Source: https://learn.microsoft.com/en-us/graph/errors
struct GraphRefusal: Sendable, Hashable {
  let call: GraphCall
  /// The application that asked.
  let clientID: String
  let status: Int
  let code: String
  let message: String
  let requestID: String?
  let retryAfter: Duration?

  private struct Body: Decodable {
    struct Fault: Decodable {
      var code: String?
      var message: String?
      var innerError: Inner?
    }
    struct Inner: Decodable {
      var requestID: String?
      enum CodingKeys: String, CodingKey { case requestID = "request-id" }
    }
    var error: Fault?
  }

  init(call: GraphCall, clientID: String, response: HTTPResponse, date: Date) {
    let fault = (try? JSONDecoder().decode(Body.self, from: Data(response.body)))?.error
    self.call = call
    self.clientID = clientID
    status = response.status
    code = String((fault?.code ?? "").prefix(80))
    message = String((fault?.message ?? "").prefix(300))
    requestID = (response.header("request-id") ?? fault?.innerError?.requestID).map { String($0.prefix(64)) }
    retryAfter = Microsoft365.retryAfter(response, now: date)
  }

  /// Whether everything of the application should wait.
  var asksForPause: Bool { status == 429 || (status == 503 && retryAfter != nil) }

  /// The refusal of a presence subscription that Microsoft still counts although nobody can see it.
  var isSubscriptionLimit: Bool { status == 403 && message.contains("reached its limit") }

  /// `HTTP 403 Authorization_RequestDenied on subscribe: Insufficient … (request-id …)`
  var text: String {
    var text = "HTTP \(status)\(code.isEmpty ? "" : " \(code)") on \(call.rawValue)"
    if !message.isEmpty { text += ": \(message)" }
    return "\(text)\(SupportReference(requestID: requestID))"
  }

  /// What to do when Graph refuses every token.
  var tokenHint: String {
    "check that `cloud` is the tenant's, and whether Conditional Access blocks application \(clientID) at Graph: "
      + "see the sign-in logs in Entra"
  }

  var failure: PluginFailure {
    switch status {
    // Whether a token will do is judged where tokens are kept: this one was replaced meanwhile.
    case 401: PluginFailure(.retry(after: nil), text)
    case 403:
      PluginFailure(
        .operatorAction(hint: "grant \(call.permission) with admin consent to application \(clientID)"), text)
    case 408, 429, 500...599: PluginFailure(.retry(after: retryAfter), text)
    default: PluginFailure(.giveUp, text)
    }
  }
}

extension HTTPClientError {
  func failure(reaching address: String) -> PluginFailure {
    let host = address.split(separator: "/").dropFirst().first.map(String.init) ?? address
    let check = "check name resolution, firewall and proxy from the gateway to \(host)"
    switch self {
    case .cancelled: return PluginFailure(.retry(after: nil), "the request to \(host) was cancelled")
    case .timedOut: return PluginFailure(.retry(after: nil), "\(host) did not answer in time")
    case .cannotConnect(let text): return PluginFailure(.retry(after: nil), "cannot reach \(host): \(text)")
    case .tls(let text):
      return PluginFailure(
        .operatorAction(hint: "\(check), and check `trust`"), "no secure connection to \(host): \(text)")
    case .responseTooLarge: return PluginFailure(.giveUp, "the answer of \(host) is too large")
    case .invalidRequest(let text):
      return PluginFailure(.giveUp, "the request to \(host) is invalid: \(text)")
    case .connectionLost(let text):
      return PluginFailure(.retry(after: nil), "the connection to \(host) broke: \(text)")
    }
  }
}

extension PluginFailure {
  /// One sentence for a check's remedy.
  var hint: String {
    switch remedy {
    case .operatorAction(let hint): hint
    case .retry: "nothing to do: it is tried again; if it lasts, check the network to Microsoft"
    case .giveUp: "report this as a fault of the gateway"
    }
  }
  var retryDelay: Duration? { if case .retry(let after) = remedy { after } else { nil } }
}
