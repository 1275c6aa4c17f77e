// One authorised request to the Graph host, taken apart for the routes.

import FoundationEssentials
import NIOCore
import NIOHTTP1
import OpenSSLCrypto

/// The ids that go into every answer, and into the errors.
struct RequestIDs: Sendable {
  let request = SecureRandom.guid()
  let client: String

  init(_ headers: HTTPHeaders) {
    client = headers.first(name: "client-request-id").map { String($0.prefix(64)) } ?? request
  }
}

struct GraphCall: Sendable {
  let request: ServerRequest
  /// Decoded, behind `/v1.0/`.
  let path: [String]
  /// `path` in lower case: Graph does not distinguish.
  let words: [String]
  let query: [String: String]
  let grant: AccessGrant
  let loop: any EventLoop

  init(_ request: ServerRequest, _ grant: AccessGrant, _ loop: any EventLoop) {
    self.request = request
    self.grant = grant
    self.loop = loop
    path = request.path.split(separator: "/").dropFirst().map {
      FormFields.percentDecoded($0, plusIsBlank: false)
    }
    words = path.map { $0.lowercased() }
    query = FormFields.decode(request.query ?? "")
  }

  /// Refuses unless the token carries one of these, of the kind that fits it.
  func require(delegated: [String], application: [String]) throws(GraphRefusal) {
    let wanted = grant.user == nil ? application : delegated
    guard wanted.contains(where: grant.permissions.contains) else { throw .denied }
  }

  func body<Body: Decodable>(_ type: Body.Type) throws(GraphRefusal) -> Body {
    guard let body = try? JSONDecoder().decode(type, from: Data(request.body)) else { throw .unreadable }
    return body
  }

  static func json(_ value: some Encodable, status: HTTPResponseStatus = .ok) -> ServerAnswer {
    ServerAnswer(
      status,
      headers: [
        "Content-Type":
          "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
      ],
      body: JSONValue.bytes(value))
  }
}
