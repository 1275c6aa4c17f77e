// A receiver of notifications on a real socket: answers the handshake, hands on what arrives, opens the
// envelopes.

import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import Sandbox

final class Webhook: Sendable {
  enum Manner: Sendable, Hashable { case good, wrongText, html, refuse, silent }

  static let key = try! PrivateKey.generateRSA()
  static let certificate = try! Certificate.selfSigned(key: key, commonName: "webhook", validDays: 2)

  let bodies: AsyncStream<LooseJSON>
  private let server: HTTPServer
  private let handshakes: Locked<[ServerRequest]>
  /// Statuses for the next notifications, before the usual 202.
  private let statuses: Locked<[HTTPResponseStatus]>
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  init(_ bench: TenantBench, _ manner: Manner = .good) async throws {
    let (stream, feed) = AsyncStream.makeStream(of: LooseJSON.self)
    let log = Locked<[ServerRequest]>([])
    let statuses = Locked<[HTTPResponseStatus]>([])
    bodies = stream
    handshakes = log
    self.statuses = statuses
    server = try await HTTPServer(port: 0, group: group, tls: try bench.authority.serverContext()) {
      request, _ in
      if let query = request.query, let token = FormFields.decode(query)["validationToken"] {
        log.withLock { $0.append(request) }
        switch manner {
        case .good:
          return .now(ServerAnswer(.ok, headers: ["Content-Type": "text/plain"], body: Array(token.utf8)))
        case .wrongText:
          return .now(ServerAnswer(.ok, headers: ["Content-Type": "text/plain"], body: Array("x".utf8)))
        case .html:
          return .now(ServerAnswer(.ok, headers: ["Content-Type": "text/html"], body: Array(token.utf8)))
        case .refuse: return .now(ServerAnswer(.unauthorized))
        case .silent: return .never
        }
      }
      let status = statuses.withLock { $0.isEmpty ? .accepted : $0.removeFirst() }
      if status == .accepted, let json = try? LooseJSON(request.body) { feed.yield(json) }
      return .now(ServerAnswer(status))
    }
  }

  var url: String { "https://localhost:\(server.port)/microsoft365/subscriptions" }
  var validations: [ServerRequest] { handshakes.withLock { $0 } }
  func answerNext(_ statuses: [HTTPResponseStatus]) { self.statuses.withLock { $0 = statuses } }
  func stop() async {
    await server.close()
    try? await group.shutdownGracefully()
  }

  /// The body of a POST for a presence subscription; members can be replaced or (by nil) left out.
  func subscription(
    _ ids: [String], minutes: Double = 60, now: Date, _ change: [String: String?] = [:]
  ) -> String {
    var members: [String: String?] = [
      "changeType": "\"updated\"", "notificationUrl": "\"\(url)\"", "lifecycleNotificationUrl": "\"\(url)\"",
      "resource":
        "\"/communications/presences?$filter=id in (\(ids.map { "'\($0)'" }.joined(separator: ",")))\"",
      "expirationDateTime": "\"\(GraphDate.text(now + minutes * 60 - 1))\"", "includeResourceData": "true",
      "encryptionCertificate": "\"\(Base64.encode(Self.certificate.der))\"",
      "encryptionCertificateId": "\"label\"", "clientState": "\"state\"",
    ]
    members.merge(change) { _, new in new }
    return "{" + members.compactMap { key, value in value.map { "\"\(key)\":\($0)" } }.joined(separator: ",")
      + "}"
  }

  /// `Busy/InACall` of an encrypted entry, after its signature was checked.
  static func open(_ entry: LooseJSON) throws -> String {
    let content = entry["encryptedContent"]
    let key = try Self.key.decryptOAEPSHA1(try #require(Base64.decode(content["dataKey"].text)))
    let data = try #require(Base64.decode(content["data"].text))
    #expect(Digest.hmacSHA256(key: key, data) == Base64.decode(content["dataSignature"].text))
    let plain = try LooseJSON(AES256CBC.decrypt(data, key: key, iv: Array(key.prefix(16))))
    #expect(plain["id"] == entry["resourceData"]["id"])
    #expect(plain["@odata.type"] == "#microsoft.graph.presence")
    return "\(plain["availability"].text)/\(plain["activity"].text)"
  }
}

extension TenantBench {
  /// A webhook and a subscription to it for all people, by the first reading account.
  func subscribed(
    _ manner: Webhook.Manner = .good, _ change: [String: String?] = [:],
    _ test: (Webhook, Answer, String) async throws -> Void
  ) async throws {
    let webhook = try await Webhook(self, manner)
    let token = try await readToken()
    let body = webhook.subscription(people.map(\.graphID), now: clock.date, change)
    let answer = try await send(.POST, "/v1.0/subscriptions", token: token, body: body)
    do { try await test(webhook, answer, token) } catch {
      await webhook.stop()
      throw error
    }
    await webhook.stop()
  }
}
