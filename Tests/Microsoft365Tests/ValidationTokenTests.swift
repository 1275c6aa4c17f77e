// Validation tokens: both versions pass, every single deviation is refused; and the keys that they are checked with.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct ValidationTokenTests {
  static let date = Date(timeIntervalSince1970: 1_800_000_000)
  static let expect = ValidationToken.Expectation(
    audience: FakeGraph.reader, tenant: FakeGraph.tenant,
    issuers: ["https://sts.windows.net/\(FakeGraph.tenant)/", "\(FakeGraph.login)/\(FakeGraph.tenant)/v2.0"])

  static func fault(
    _ change: (inout Notary.Claims) -> Void = { _ in }, key: PublicKey = Notary.shared.key.publicKey
  ) throws -> ValidationToken.Fault? {
    var claims = Notary.Claims()
    change(&claims)
    let text = try Notary.shared.token(claims)
    do throws(ValidationToken.Fault) {
      try ValidationToken(text).verify(key: key, expect: expect, date: date)
    } catch { return error }
    return nil
  }

  @Test func bothVersionsPass() throws {
    #expect(try Self.fault() == nil)
    let second = try Self.fault {
      $0.iss = "\(FakeGraph.login)/\(FakeGraph.tenant)/v2.0"
      $0.appid = nil
      $0.azp = ValidationToken.publisher
    }
    #expect(second == nil)
  }

  @Test func everyDeviationIsRefused() throws {
    #expect(try Self.fault { $0.aud = FakeGraph.writer } == .audience)
    #expect(try Self.fault { $0.aud = nil } == .audience)
    #expect(try Self.fault { $0.iss = "https://sts.windows.net/\(FakeGraph.tenant)" } == .issuer)
    #expect(
      try Self.fault { $0.iss = "https://evil/?https://sts.windows.net/\(FakeGraph.tenant)/" } == .issuer)
    #expect(try Self.fault { $0.tid = "22222222-2222-3333-4444-555555555555" } == .tenant)
    #expect(try Self.fault { $0.appid = FakeGraph.reader } == .publisher)
    #expect(try Self.fault { $0.azp = FakeGraph.reader } == .publisher)
    #expect(try Self.fault { $0.appid = nil } == .publisher)
    #expect(try Self.fault { $0.exp = nil } == .expired)
    #expect(try Self.fault(key: PrivateKey.forTests.publicKey) == .signature)
  }

  @Test func clocksMayDifferByFiveMinutes() throws {
    #expect(try Self.fault { $0.exp = 1_800_000_000 - 299 } == nil)
    #expect(try Self.fault { $0.exp = 1_800_000_000 - 300 } == .expired)
    #expect(try Self.fault { $0.nbf = 1_800_000_000 + 300 } == nil)
    #expect(try Self.fault { $0.nbf = 1_800_000_000 + 301 } == .notYetValid)
  }

  @Test func malformedTexts() throws {
    for text in ["", "a.b", "a.b.c", "....", String(repeating: "x", count: 20_000)] {
      #expect(throws: ValidationToken.Fault.malformed) { try ValidationToken(text) }
    }
    #expect(throws: ValidationToken.Fault.algorithm) {
      try ValidationToken(try Notary.shared.token(algorithm: "none"))
    }
    #expect(throws: ValidationToken.Fault.algorithm) {
      try ValidationToken(try Notary.shared.token(algorithm: "HS256"))
    }
    #expect(throws: ValidationToken.Fault.unknownKey) {
      try ValidationToken(try Notary.shared.token(keyID: ""))
    }
  }

  static func signingKeys(_ graph: FakeGraph, tenant: String = FakeGraph.tenant) -> SigningKeys {
    let config: ConfigValue = ["tenant": .scalar(tenant), "write": FakeGraph.writeSection]
    let options = Options(config: TestConfig(config).section, id: "teams", publicURL: nil)
    return SigningKeys(options: options, context: graph.kit.context())
  }

  @Test func keysAreCachedAndReadAgainAtABoundedRate() async throws {
    let graph = FakeGraph { Notary.shared.answer($0) }
    let keys = Self.signingKeys(graph)
    let known = try #require(await keys.keys(for: "kid-1"))
    #expect(Set(known.keys.keys) == ["kid-1"])
    #expect(known.issuers == Self.expect.issuers)
    #expect(known.tenant == FakeGraph.tenant)
    for _ in 0..<5 { _ = await keys.keys(for: "kid-1") }
    for kid in ["x", "y", "z"] { #expect(await keys.keys(for: kid)?.keys[kid] == nil) }
    #expect(graph.http.requests.count == 2, "strangers cannot make us ask")
    graph.kit.clock.advance(by: .seconds(300))
    for kid in ["x", "y", "z"] { _ = await keys.keys(for: kid) }
    #expect(graph.http.requests.count == 4)
    graph.kit.clock.advance(by: .seconds(86_400))
    #expect(await keys.keys(for: "kid-1") != nil, "old ones serve on while new ones are read")
    #expect(await eventually { graph.http.requests.count == 6 })
  }

  @Test func withoutKeysItTriesAgainSoonerAndOldKeysSurviveAFailure() async throws {
    let broken = Locked(true)
    let graph = FakeGraph { request in
      broken.withLock { $0 } ? HTTPResponse(status: 503) : Notary.shared.answer(request)
    }
    let keys = Self.signingKeys(graph)
    for _ in 0..<3 { #expect(await keys.keys(for: "kid-1") == nil) }
    #expect(graph.http.requests.count == 1)
    broken.withLock { $0 = false }
    graph.kit.clock.advance(by: .seconds(10))
    #expect(await keys.keys(for: "kid-1")?.keys["kid-1"] != nil)
    broken.withLock { $0 = true }
    graph.kit.clock.advance(by: .seconds(300))
    #expect(await keys.keys(for: "new")?.keys["kid-1"] != nil)
  }

  @Test func aDomainBecomesTheTenantsID() async throws {
    let graph = FakeGraph { request in
      if request.url.hasSuffix("/contoso.example/v2.0/.well-known/openid-configuration") {
        return Notary.shared.answer(
          HTTPRequest("GET", "\(FakeGraph.login)/\(FakeGraph.tenant)/v2.0/.well-known/openid-configuration"))
      }
      return Notary.shared.answer(request)
    }
    let known = try #require(await Self.signingKeys(graph, tenant: "contoso.example").keys(for: "kid-1"))
    #expect(known.tenant == FakeGraph.tenant)
    #expect(known.issuers == Self.expect.issuers)
  }

  @Test func keysAtAnUnsafeAddressAreNotRead() async {
    let graph = FakeGraph { request in
      request.url.contains("openid-configuration")
        ? .json(#"{"issuer":"i","jwks_uri":"http://evil.example/keys"}"#) : nil
    }
    #expect(await Self.signingKeys(graph).keys(for: "kid-1") == nil)
    #expect(graph.http.requests.count == 1)
  }
}
