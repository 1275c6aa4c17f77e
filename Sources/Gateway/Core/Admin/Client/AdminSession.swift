// What a command asks the running gateway, as the administrator that it has shown to be.

import FoundationEssentials
import PluginAPI

public struct AdminSession: Sendable {
  public typealias Failure = AdminClient.Failure

  private let client: AdminClient
  private let http: CurlClient
  private let cookie: [(name: String, value: String)]

  init(_ client: AdminClient, _ http: CurlClient) async throws(Failure) {
    self.client = client
    self.http = http
    guard let password = try client.password() else {
      cookie = []
      return
    }
    let body = try? JSONEncoder().encode(["password": password])
    let response = try await client.send(
      http, "POST", "/api/v1/session", [("content-type", "application/json")], body.map { [UInt8]($0) })
    guard response.status == 204, let value = response.header("set-cookie") else { throw response.refusal }
    cookie = [("cookie", String(value.prefix { $0 != ";" }))]
  }

  /// What the gateway answers, when it does what it was asked; throws its reason and remedy otherwise.
  @discardableResult
  public func ask(
    _ method: String, _ path: String, query: [String: String] = [:], body: [UInt8]? = nil
  ) async throws(Failure) -> String {
    var headers = cookie
    if method != "GET" {
      headers += [("x-csrf-token", try await changeToken()), ("content-type", "application/json")]
    }
    let pairs = query.sorted { $0.key < $1.key }.map { name, value in
      "\(PercentCoding.encoded(name))=\(PercentCoding.encoded(value))"
    }
    let target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    let response = try await client.send(http, method, target, headers, body)
    guard (200..<300).contains(response.status) else { throw response.refusal }
    return String(decoding: response.body, as: UTF8.self)
  }

  /// Signs out; a session that cannot be ended now ends by itself.
  func end() async {
    if !cookie.isEmpty { _ = try? await ask("DELETE", "/api/v1/session") }
  }

  private func changeToken() async throws(Failure) -> String {
    struct Session: Decodable { let csrfToken: String? }
    let response = try await client.send(http, "GET", "/api/v1/session", cookie)
    guard response.status == 200,
      let token = try? JSONDecoder().decode(Session.self, from: Data(response.body)).csrfToken
    else { throw response.refusal }
    return token
  }
}

extension HTTPResponse {
  /// What the API says when it does not do what it was asked.
  fileprivate var refusal: AdminClient.Failure {
    struct Body: Decodable {
      struct Words: Decodable {
        let reason: String
        let remedy: String
      }
      let error: Words
    }
    guard let words = try? JSONDecoder().decode(Body.self, from: Data(body)).error else {
      return .refused(reason: "the gateway answers \(status)", remedy: "look into its log")
    }
    let reason = words.reason.split(separator: "\n").map { printable(String($0)) }.joined(separator: "\n")
    return .refused(reason: reason, remedy: printable(words.remedy))
  }
}
