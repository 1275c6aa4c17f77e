// An HTTP client whose answers a test writes down, and whose requests it reads afterwards.

import PluginAPI

public final class ScriptedHTTPClient: HTTPClient {
  public typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse
  private let answer: Answer
  private let log = Locked<[HTTPRequest]>([])

  /// An error of another kind than `HTTPClientError` is thrown on as `.connectionLost`.
  public init(_ answer: @escaping Answer) { self.answer = answer }
  public var requests: [HTTPRequest] { log.withLock { $0 } }

  public func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
    log.withLock { $0.append(request) }
    do { return try await answer(request) } catch let error as HTTPClientError { throw error } catch {
      throw .connectionLost("\(error)")
    }
  }
}
