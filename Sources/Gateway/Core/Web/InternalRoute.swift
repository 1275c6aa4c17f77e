// A route of the gateway's own: it can do more than a plugin's, which stay small on purpose.

import PluginAPI

public struct InternalRoute: Sendable {
  public typealias Handler = @Sendable (WebCall) async -> WebAnswer
  /// A segment in braces stands for any one segment: `/api/v1/people/{plugin}/{user}`.
  public let path: String
  /// By method; `GET` answers HEAD too.
  public let handlers: [String: Handler]

  public init(_ path: String, _ handlers: [String: Handler]) {
    self.path = path
    self.handlers = handlers
  }

  /// One that a plugin could have declared too.
  public init(_ path: String, get handler: @escaping @Sendable (WebRequest) async -> WebResponse) {
    self.init(path, ["GET": { .whole(await handler($0.request)) }])
  }
}

/// A whole request, and what the router knows about it.
public struct WebCall: Sendable {
  public let request: WebRequest
  /// The segments that stand for the names in braces, decoded.
  public let parameters: [String: String]
  /// Whose verified certificate the connection began with; nil without one.
  public let certificateName: String?

  public init(
    _ request: WebRequest, parameters: [String: String] = [:], certificateName: String? = nil
  ) {
    self.request = request
    self.parameters = parameters
    self.certificateName = certificateName
  }

  public func header(_ name: String) -> String? {
    request.headers.first { $0.name.lowercased() == name }?.value
  }
}

public enum WebAnswer: Sendable {
  case whole(WebResponse)
  /// Begins with the response's body. `next` is asked for more only when the client has taken what it gave
  /// before, so that a slow client costs one part; nil ends the answer. When the client is gone or the listener
  /// closes, the task is cancelled, and `next` must return. `ended` is called once, however the answer ends, also
  /// when `next` was never asked.
  case stream(WebResponse, next: @Sendable () async -> [UInt8]?, ended: @Sendable () -> Void = {})
}
