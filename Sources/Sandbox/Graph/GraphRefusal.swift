// What the two hosts answer when they refuse: the documented status, code and body.

import FoundationEssentials
import NIOHTTP1

/// A refusal of the Graph host.
struct GraphRefusal: Error, Sendable {
  let status: Int
  let code: String
  let message: String
  var retryAfter: Double?

  init(_ status: Int, _ code: String, _ message: String, retryAfter: Double? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  static func badRequest(_ message: String) -> GraphRefusal { GraphRefusal(400, "BadRequest", message) }
  static let unreadable = badRequest(
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of "
      + "valid JSON "
      + "format.")
  static func invalidToken(_ message: String) -> GraphRefusal {
    GraphRefusal(401, "InvalidAuthenticationToken", message)
  }
  static let denied = GraphRefusal(
    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
  static func noResource(_ name: String) -> GraphRefusal {
    GraphRefusal(
      404, "Request_ResourceNotFound",
      "Resource '\(name)' does not exist or one of its queried reference-property objects are not present.")
  }
  static let noSubscription = GraphRefusal(404, "ResourceNotFound", "The object was not found.")
  static let methodNotAllowed = GraphRefusal(405, "MethodNotAllowed", "HTTP method not allowed.")
  static func extensionError(_ status: Int, _ name: String, _ reason: String) -> GraphRefusal {
    GraphRefusal(
      status, "ExtensionError", "Operation: Create; Exception: [Status Code: \(name); Reason: \(reason)]")
  }

  func answer(requestID: String, clientRequestID: String, now: Date) -> ServerAnswer {
    var inner: [String: JSONValue] = [
      "date": .string(GraphDate.seconds(now)), "request-id": .string(requestID),
      "client-request-id": .string(clientRequestID),
    ]
    if status == 429 {
      inner["code"] = "429"
      inner["status"] = "429"
      inner["message"] = "Please retry after"
    }
    let body: JSONValue = [
      "error": ["code": .string(code), "message": .string(message), "innerError": .object(inner)]
    ]
    var headers: HTTPHeaders = ["Content-Type": "application/json"]
    if let retryAfter { headers.add(name: "Retry-After", value: Self.decimals(retryAfter)) }
    if status == 401 {
      headers.add(
        name: "WWW-Authenticate",
        value:
          "Bearer realm=\"\", "
          + "authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", "
          + "client_id=\"00000003-0000-0000-c000-000000000000\"")
    }
    return ServerAnswer(HTTPResponseStatus(statusCode: status), headers: headers, body: JSONValue.bytes(body))
  }

  /// Seconds with three decimals, rounded up.
  private static func decimals(_ seconds: Double) -> String {
    let thousandths = Int((seconds * 1000).rounded(.up))
    let fraction = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

/// A refusal of the login host.
struct LoginRefusal: Error, Sendable {
  let status: Int
  /// The OAuth 2.0 error.
  let error: String
  /// The number behind `AADSTS`; 0 where Microsoft gives none.
  let code: Int
  let text: String
  var suberror: String?

  init(_ status: Int, _ error: String, _ code: Int, _ text: String, suberror: String? = nil) {
    self.status = status
    self.error = error
    self.code = code
    self.text = text
    self.suberror = suberror
  }

  func answer(traceID: String, correlationID: String, now: Date) -> ServerAnswer {
    let time = GraphDate.login(now)
    let prefix = code == 0 ? "" : "AADSTS\(code): "
    var body: [String: JSONValue] = [
      "error": .string(error),
      "error_description": .string(
        "\(prefix)\(text)\r\nTrace ID: \(traceID)\r\nCorrelation ID: "
          + "\(correlationID)\r\nTimestamp: \(time)"
      ),
      "error_codes": code == 0 ? [] : [.number(code)], "timestamp": .string(time),
      "trace_id": .string(traceID),
      "correlation_id": .string(correlationID),
      "error_uri": .string("https://login.microsoftonline.com/error?code=\(code)"),
    ]
    if let suberror { body["suberror"] = .string(suberror) }
    return ServerAnswer(
      HTTPResponseStatus(statusCode: status), headers: ["Content-Type": "application/json; charset=utf-8"],
      body: JSONValue.bytes(JSONValue.object(body)))
  }
}
