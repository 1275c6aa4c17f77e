// The signed statement of an application: its exact parts, a signature that the openssl command accepts, wrong files.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct ClientAssertionTests {
  private struct Header: Decodable, Equatable {
    enum CodingKeys: String, CodingKey {
      case alg, typ
      case thumbprint = "x5t#S256"
    }
    let alg, typ, thumbprint: String
  }
  private struct Claims: Decodable {
    let aud, iss, sub, jti: String
    let nbf, iat, exp: Double
  }

  static func part<Value: Decodable>(_ type: Value.Type, _ text: Substring) throws -> Value {
    try JSONDecoder().decode(type, from: Data(try #require(Base64.decodeURL(String(text)))))
  }
  static func assertion(in request: HTTPRequest) throws -> String {
    try #require(queryValue("client_assertion", in: request.text))
  }

  @Test func itSaysWhatMicrosoftAsksFor() async throws {
    let files = try PEMFiles()
    let graph = FakeGraph()
    let plugin = graph.plugin([
      "write": [
        "client_id": .scalar(FakeGraph.writer), "certificate": .scalar(files.certificate),
        "key": .scalar(files.key),
      ]
    ])
    _ = try await plugin.deliver([.init(user: "u1", presence: Presence(.busy), previous: nil, cause: .change)]
    )
    let request = graph.tokenRequests[0]
    #expect(
      request.text.hasPrefix(
        "grant_type=client_credentials&client_id=\(FakeGraph.writer)&scope=https%3A%2F%2Fgraph.microsoft.com%2F"
          + ".default&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
          + "&client_assertion="))
    #expect(queryValue("client_secret", in: request.text) == nil)
    let parts = try Self.assertion(in: request).split(separator: ".")
    #expect(parts.count == 3)
    let certificate = try Certificate(pem: files.certificatePEM)
    #expect(
      try Self.part(Header.self, parts[0])
        == Header(alg: "PS256", typ: "JWT", thumbprint: Base64.encodeURL(certificate.sha256)))
    let claims = try Self.part(Claims.self, parts[1])
    #expect(claims.aud == "\(FakeGraph.login)/\(FakeGraph.tenant)/oauth2/v2.0/token")
    #expect(claims.iss == FakeGraph.writer && claims.sub == FakeGraph.writer)
    #expect(isGUID(claims.jti))
    let now = graph.kit.clock.date.timeIntervalSince1970
    #expect(claims.nbf == now && claims.iat == now && claims.exp == now + 600)
    #expect(graph.kit.health.checks["writing sign-in"]?.state == .ok(detail: nil))
  }

  @Test func opensslAcceptsTheSignature() async throws {
    let files = try PEMFiles()
    let signer = try CertificateFiles(certificate: files.certificate, key: files.key).load()
    let text = try ClientAssertion.make(
      clientID: "app", audience: "https://l.example/token", signer,
      now: Date(timeIntervalSince1970: 1_800_000_000),
      id: "00000000-0000-4000-8000-000000000000")
    let parts = text.split(separator: ".")
    try files.write(Array("\(parts[0]).\(parts[1])".utf8), "signed")
    try files.write(try #require(Base64.decodeURL(String(parts[2]))), "signature")
    let check = [
      "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt",
      "rsa_mgf1_md:sha256", "-verify", files.path("public"), "-signature", files.path("signature"),
      files.path("signed"),
    ]
    #expect(try openssl(["pkey", "-in", files.key, "-pubout", "-out", files.path("public")]) == 0)
    #expect(try openssl(check) == 0)
    try files.write(Array("\(parts[0]).x\(parts[1])".utf8), "signed")
    #expect(try openssl(check) != 0, "the check can fail")
  }

  @Test func aRenewedCertificateIsTriedAtOnce() async throws {
    let files = try PEMFiles()
    let old = Base64.encodeURL(try Certificate(pem: files.certificatePEM).sha256)
    let refusesOld: FakeGraph.Answer = { request in
      guard let header = try? Self.assertion(in: request).split(separator: ".")[0],
        try Self.part(Header.self, header).thumbprint == old
      else { return nil }
      return .json(#"{"error":"invalid_client","error_codes":[700027]}"#, status: 401)
    }
    let graph = FakeGraph(refusesOld)
    let cache = TokenTests.cache(graph)
    let signIn = SignIn(
      purpose: .reading, grant: .application, clientID: "app", scope: "s",
      credential: .certificate(.init(certificate: files.certificate, key: files.key)), required: true)
    for _ in 0..<2 { await #expect(throws: PluginFailure.self) { try await cache.token(for: signIn) } }
    #expect(graph.tokenRequests.count == 1)
    try files.renew()
    graph.kit.clock.advance(by: .seconds(5))
    #expect(try await cache.token(for: signIn) == "token")
  }

  @Test func wrongFilesAreToldApart() throws {
    let (one, other) = (try PEMFiles(), try PEMFiles())
    try one.write(Array("no key".utf8), "noise")
    func failure(_ certificate: String, _ key: String) -> String {
      do {
        _ = try CertificateFiles(certificate: certificate, key: key).load()
        return "none"
      } catch { return error.description }
    }
    #expect(
      failure("/nowhere/c.pem", one.key)
        == "/nowhere/c.pem cannot be read — make the file /nowhere/c.pem readable for the gateway")
    #expect(
      failure(one.certificate, other.key)
        == "\(other.key) is not the key of \(one.certificate) — let `certificate` and `key` name files that were "
        + "made together")
    #expect(failure(one.path("noise"), one.key).contains("write the path of a PEM certificate"))
    #expect(failure(one.certificate, one.path("noise")).contains("an unencrypted PEM key in `key`"))
    let elliptic = try PEMFiles(key: .generateEC())
    #expect(failure(elliptic.certificate, elliptic.key).contains("make a certificate with an RSA key"))
    // One file may hold both.
    try one.write(Array((one.certificatePEM + one.keyPEM).utf8), "both")
    #expect(failure(one.path("both"), one.path("both")) == "none")
  }
}
