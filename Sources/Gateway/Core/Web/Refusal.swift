// The answers that a listener gives by itself, each with the word under which it is counted.

import PluginAPI

struct Refusal: Error, Equatable {
  let status: Int
  /// The `reason` label of `presence_gateway_http_rejected_total`.
  let reason: String
  let text: String
  var headers: [(name: String, value: String)] = []

  static let badRequest = Refusal(status: 400, reason: "bad_request", text: "bad request")
  static let notFound = Refusal(status: 404, reason: "not_found", text: "not found")
  static func methodNotAllowed(_ allowed: String) -> Refusal {
    Refusal(
      status: 405, reason: "method_not_allowed", text: "method not allowed", headers: [("allow", allowed)])
  }
  static let bodyTooLarge = Refusal(status: 413, reason: "body_too_large", text: "the body is too large")
  static let upgradeRequired = Refusal(
    status: 426, reason: "upgrade_required", text: "this address is for WebSockets",
    headers: [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "13")])
  static let headersTooLarge = Refusal(
    status: 431, reason: "headers_too_large", text: "the headers are too large")
  static let busy = Refusal(status: 503, reason: "too_busy", text: "too many requests at once")
  static let tooManyConnections = Refusal(
    status: 503, reason: "too_many_connections", text: "too many connections")

  static let tooManyFromAddress = Refusal(
    status: 503, reason: "too_many_from_address", text: "too many connections from one address")
  /// In words alone.
  var response: WebResponse { WebResponse(status, body: Array("\(text)\n".utf8)) }

  static func == (a: Refusal, b: Refusal) -> Bool {
    a.status == b.status && a.reason == b.reason && a.text == b.text
  }

  /// Reasons without an answer: the client is too slow or gone, or speaks a WebSocket wrongly; it made room for
  /// another; the system has no socket for it.
  static let silentReasons = [
    "accept", "gave_way", "header_timeout", "request_timeout", "slow_reader", "pipelining", "tls",
    "websocket_too_large",
    "websocket_not_text",
    "websocket_protocol", "websocket_flood", "websocket_dead",
  ]
}
