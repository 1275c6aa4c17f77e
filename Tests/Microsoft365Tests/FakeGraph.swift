// Microsoft as the tests need it: answers by method and path, tokens for everybody, and a log of what was asked.

import CoreMetrics
import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit

@testable import Microsoft365

struct FakeGraph: Sendable {
  typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse?
  static let tenant = "11111111-2222-3333-4444-555555555555"
  static let login = "https://login.microsoftonline.com"
  static let graph = "https://graph.microsoft.com/v1.0"
  static let reader = "aaaaaaaa-0000-4000-8000-000000000001"
  static let writer = "bbbbbbbb-0000-4000-8000-000000000002"

  let http: ScriptedHTTPClient
  let kit: RecordingContext

  /// `answer` may leave a request to the usual answers by returning nil.
  /// `state` is what an earlier life of the plugin left.
  init(state: MemoryState = MemoryState(), _ answer: @escaping Answer = { _ in nil }) {
    http = ScriptedHTTPClient { request in
      if let response = try await answer(request) { return response }
      if request.url.hasSuffix("/oauth2/v2.0/token") {
        return .json(#"{"token_type":"Bearer","expires_in":3600,"access_token":"token"}"#)
      }
      return HTTPResponse(status: 404, body: Array(#"{"error":{"code":"NotFound","message":""}}"#.utf8))
    }
    kit = RecordingContext(http: http, state: state)
  }

  static let writeSection: ConfigValue = ["client_id": .scalar(writer), "client_secret": "env:write-secret"]
  static func readSection(_ more: [String: ConfigValue] = [:], accounts: [String] = ["sync1@contoso.example"])
    -> ConfigValue
  {
    var section: [String: ConfigValue] = [
      "client_id": .scalar(reader),
      "accounts": .list(accounts.map { ["username": .scalar($0), "password": "env:hunter2"] }),
    ]
    section.merge(more) { $1 }
    return .mapping(section)
  }

  func plugin(
    _ sections: [String: ConfigValue], log: NotedLog? = nil,
    metrics: any MetricsFactory = NOOPMetricsHandler.instance
  ) -> Microsoft365Plugin {
    var sections = sections
    sections["tenant"] = .scalar(Self.tenant)
    return Microsoft365Plugin(
      config: TestConfig(.mapping(sections)).section,
      context: kit.context(id: "teams", logger: log?.logger(), metrics: metrics), key: .forTests)
  }
  func options(_ sections: [String: ConfigValue]) -> Options {
    var sections = sections
    sections["tenant"] = .scalar(Self.tenant)
    return Options(
      config: TestConfig(.mapping(sections)).section, id: "teams", publicURL: "https://gateway.example.com")
  }
  func client(_ options: Options) -> GraphClient {
    let context = kit.context(id: "teams")
    let metrics = PluginMetrics(context: context)
    return GraphClient(
      options: options, context: context,
      tokens: TokenCache(options: options, context: context, metrics: metrics),
      metrics: metrics)
  }

  /// `POST /users/…` of everything asked of Graph itself.
  var calls: [String] {
    http.requests.filter { $0.url.hasPrefix(Self.graph) }.map {
      "\($0.method) \($0.url.dropFirst(Self.graph.count))"
    }
  }
  var tokenRequests: [HTTPRequest] { http.requests.filter { $0.url.hasSuffix("/oauth2/v2.0/token") } }
}

extension HTTPResponse {
  static func json(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: [("Content-Type", "application/json")] + headers.map { (name: $0.0, value: $0.1) },
      body: Array(text.utf8))
  }
}

extension HTTPRequest {
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
  var text: String { String(decoding: body ?? [], as: UTF8.self) }
}
