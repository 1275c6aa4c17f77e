// Client assertions at the simulated login: the documented form, MSAL's looser one, and everything that is refused.

import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct ClientAssertionTests {
  static let key = try! PrivateKey.generateRSA()
  static let certificate = try! Certificate.selfSigned(key: key, commonName: "gateway", validDays: 30)

  static func assertion(
    _ bench: TenantBench, alg: String = "PS256", header: [String: JSONValue]? = nil,
    key: PrivateKey = key, claims change: [String: String] = [:]
  ) throws -> String {
    let now = bench.clock.date.timeIntervalSince1970
    var claims: [String: String] = [
      "aud": "\"\(bench.service.baseURL)/\(bench.tenant)/oauth2/v2.0/token\"", "iss": "\"\(writingApp)\"",
      "sub": "\"\(writingApp)\"", "jti": "\"\(SecureRandom.guid())\"", "nbf": "\(Int(now))",
      "iat": "\(Int(now))", "exp": "\(Int(now) + 600)",
    ]
    claims.merge(change) { $1 }
    let head =
      header ?? [
        "alg": .string(alg), "typ": "JWT", "x5t#S256": .string(Base64.encodeURL(certificate.sha256)),
      ]
    let body =
      "{" + claims.filter { !$0.value.isEmpty }.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    let text =
      Base64.encodeURL(JSONValue.bytes(JSONValue.object(head))) + "." + Base64.encodeURL(Array(body.utf8))
    let signature = try alg == "RS256" ? key.signRS256(Array(text.utf8)) : key.signPS256(Array(text.utf8))
    return "\(text).\(Base64.encodeURL(signature))"
  }

  static func run(_ test: (TenantBench) async throws -> Void) async throws {
    try await TenantBench.run { options in
      options.apps = options.apps.map { app in
        var app = app
        if app.id == writingApp { app.certificates = [certificate.der] }
        return app
      }
    } _: {
      try await test($0)
    }
  }
  static func ask(_ bench: TenantBench, _ assertion: String) async throws -> Answer {
    try await bench.form([
      "grant_type": "client_credentials", "client_id": writingApp,
      "scope": "\(bench.service.baseURL)/.default", "client_assertion_type": ClientAssertionCheck.type,
      "client_assertion": assertion,
    ])
  }

  @Test func `the documented form and MSAL's are accepted`() async throws {
    try await Self.run { bench in
      #expect(try await Self.ask(bench, Self.assertion(bench)).status == 200)
      let now = bench.clock.date.timeIntervalSince1970
      let thumbprint = Base64.encodeURL(Hex.decode(Self.certificate.sha1Thumbprint) ?? []) + "="
      let loose = try Self.assertion(
        bench, alg: "RS256", header: ["alg": "RS256", "typ": "JWT", "x5t": .string(thumbprint)],
        claims: ["nbf": "", "iat": "\(now)", "exp": "\(now + 600.25)"])
      let answer = try await Self.ask(bench, loose)
      #expect(answer.status == 200)
      // What its holder can read of it: the permissions.
      let claims = try LooseJSON(
        #require(Base64.decodeURL(String(answer.json["access_token"].text.split(separator: ".")[1]))))
      #expect(claims["roles"][0] == "Presence.ReadWrite.All" && claims["scp"] == nil)
    }
  }

  @Test func `everything else is refused with its code`() async throws {
    try await Self.run { bench in
      func code(_ assertion: String) async throws -> Double? {
        let answer = try await Self.ask(bench, assertion)
        #expect(answer.json["error"] == "invalid_client" && answer.status == 401)
        return answer.json["error_codes"][0].number
      }
      let foreign = try PrivateKey.generateRSA()
      #expect(try await code(Self.assertion(bench, key: foreign)) == 700027)
      let unknown = Base64.encodeURL(Digest.sha256([1]))
      #expect(
        try await code(
          Self.assertion(bench, header: ["alg": "PS256", "typ": "JWT", "x5t#S256": .string(unknown)]))
          == 700027)
      #expect(try await code(Self.assertion(bench, claims: ["aud": "\"https://else.example\""])) == 700023)
      #expect(try await code(Self.assertion(bench, claims: ["iss": "\"\(readingApp)\""])) == 700021)
      #expect(try await code("no.jwt") == 50027)
      let late = try Self.assertion(bench)
      bench.clock.advance(bySeconds: 901)
      let answer = try await Self.ask(bench, late)
      #expect(answer.json["error_codes"][0] == 700024)
      #expect(answer.json["error_description"].text.contains("Current time: 2"))
      bench.service.inject(.expireSecret(app: writingApp))
      #expect(try await code(Self.assertion(bench)) == 7_000_222)
    }
  }
}
