// A tenant on a real socket with a client beside it: what the tests of the simulated Graph start from.

import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import Sandbox

let readingApp = "22553876-f5ab-4529-bffb-cfe50aa89f87"
let writingApp = "aaaaaaaa-1111-4222-8333-444444444444"
let secondApp = "bbbbbbbb-1111-4222-8333-444444444444"

/// Keeps what the service reports.
final class RecordingObserver: SandboxObserver {
  func undone(_ side: SandboxSide, person: Int, state: String) {}
  private let log = Locked<[String]>([])
  var lines: [String] { log.withLock { $0 } }
  func sent(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    log.withLock { $0.append("sent \(person) \(state)") }
  }
  func accepted(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    log.withLock { $0.append("accepted \(person) \(state)") }
  }
  func refused(_ side: SandboxSide, reason: String) { log.withLock { $0.append("refused \(reason)") } }
}

struct Answer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let bytes: [UInt8]
  var json: LooseJSON { (try? LooseJSON(bytes)) ?? .null }
  var code: String { json["error"]["code"].text }
  var message: String { json["error"]["message"].text }
}

struct TenantBench: Sendable {
  let service: GraphService
  let observer: RecordingObserver
  let authority: SandboxAuthority
  let tls: TLSClientContext
  var clock: SandboxClock { service.clock }
  var people: [SandboxPerson] { service.population.people }
  var tenant: String { service.options.tenantID }

  /// Making one takes longer than most tests.
  private static let signingKey = try! PrivateKey.generateRSA()

  /// Starts a tenant, runs the test, and stops the tenant whatever happens.
  static func run(
    people: Int = 3, _ change: (inout GraphOptions) -> Void = { _ in },
    _ test: (TenantBench) async throws -> Void
  ) async throws {
    var options = GraphOptions()
    options.signingKey = signingKey
    options.apps = [
      .reading(id: readingApp), .writing(id: writingApp, secret: "s3cret"),
      GraphApp(
        id: secondApp, name: "Other", secret: "other", allowsPublicClient: false,
        delegated: ["Presence.Read"],
        application: ["Presence.Read.All", "User.Read.All"]),
    ]
    options.accounts = [
      GraphAccount(username: "sync1@contoso.example", password: "pass word+1"),
      GraphAccount(username: "sync2@contoso.example", password: "pw2"),
    ]
    change(&options)
    let observer = RecordingObserver()
    let authority = try SandboxAuthority()
    let service = try GraphService(
      population: Population(count: people, seed: 1), observer: observer, clock: SandboxClock(),
      authority: authority, options: options)
    try await service.start()
    let bench = TenantBench(
      service: service, observer: observer, authority: authority, tls: try authority.clientContext())
    do { try await test(bench) } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }

  /// One request on a connection of its own; an address may be absolute or a path.
  func send(
    _ method: HTTPMethod, _ address: String, token: String? = nil, headers: HTTPHeaders = [:],
    body: String = "",
    within limit: TimeAmount = .seconds(60)
  ) async throws -> Answer {
    let url = address.hasPrefix("https://") ? address : service.baseURL + address
    let target = try #require(PostTarget(url))
    let poster = HTTPPoster(to: target, on: MultiThreadedEventLoopGroup.singleton.next(), tls: tls)
    defer { poster.close() }
    var headers = headers
    if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
    if !body.isEmpty && !headers.contains(name: "Content-Type") {
      headers.add(name: "Content-Type", value: "application/json")
    }
    let result = try await poster.send(
      method, target.uri, headers: headers, body: Array(body.utf8), within: limit
    ).get()
    return Answer(status: result.status, headers: result.headers, bytes: result.body)
  }

  func form(
    _ fields: [String: String], tenant: String? = nil, headers: HTTPHeaders = [:], endpoint: String = "token"
  ) async throws -> Answer {
    let body = fields.map { "\($0.key)=\(FormFields.percentEncoded($0.value))" }.joined(separator: "&")
    var headers = headers
    headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
    return try await send(
      .POST, "/\(tenant ?? self.tenant)/oauth2/v2.0/\(endpoint)", headers: headers, body: body)
  }

  static let passwordForm = [
    "grant_type": "password", "client_id": readingApp, "username": "sync1@contoso.example",
    "password": "pass word+1",
    "scope": "https://graph.microsoft.com/Presence.Read.All https://graph.microsoft.com/User.Read.All",
  ]
  static let secretForm = [
    "grant_type": "client_credentials", "client_id": writingApp, "client_secret": "s3cret",
    "scope": "https://graph.microsoft.com/.default",
  ]

  /// A token of the first reading account, or of another.
  func readToken(_ user: String = "sync1@contoso.example", _ password: String = "pass word+1") async throws
    -> String
  {
    var fields = Self.passwordForm
    fields["username"] = user
    fields["password"] = password
    return try await form(fields).json["access_token"].text
  }
  func writeToken() async throws -> String { try await form(Self.secretForm).json["access_token"].text }

  /// Writes the presence of a person as the writing application.
  func write(_ person: Int, _ action: String, _ body: String, token: String) async throws -> Answer {
    try await send(
      .POST, "/v1.0/users/\(people[person].graphID)/presence/\(action)", token: token, body: body)
  }
  static func session(_ availability: String, _ activity: String, _ duration: String = "PT1H") -> String {
    """
    {"sessionId":"\(writingApp)","availability":"\(availability)","activity":"\(activity)",\
    "expirationDuration":"\(duration)"}
    """
  }
}
