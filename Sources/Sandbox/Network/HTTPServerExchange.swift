// A request and its answer as values, so that the simulated services are functions from one to the other.

import NIOCore
import NIOHTTP1

struct ServerRequest: Sendable {
  let method: HTTPMethod
  /// Undecoded, without the query.
  let path: String
  /// Undecoded; nil when there is no question mark.
  let query: String?
  let headers: HTTPHeaders
  let body: [UInt8]

  init(method: HTTPMethod, uri: String, headers: HTTPHeaders, body: [UInt8]) {
    self.method = method
    self.headers = headers
    self.body = body
    let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    query = parts.count > 1 ? String(parts[1]) : nil
  }
}

struct ServerAnswer: Sendable {
  var status: HTTPResponseStatus
  var headers: HTTPHeaders
  var body: [UInt8]

  init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

enum ServerReply: Sendable {
  case now(ServerAnswer)
  case later(EventLoopFuture<ServerAnswer>)
  /// The request is never answered; the client's time limit ends it.
  case never
  /// The connection is torn down by a TCP reset.
  case reset
}
