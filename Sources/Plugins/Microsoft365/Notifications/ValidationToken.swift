// The signed proof that a notification with content comes from Microsoft and is for us (C.5).

import FoundationEssentials
import OpenSSLCrypto

/// Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data#validate-the-authenticity
struct ValidationToken: Sendable {
  /// "Microsoft Graph Change Tracking".
  static let publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"
  static let skew = 300.0

  enum Fault: String, Error, Sendable, Hashable {
    case malformed, algorithm, unknownKey, signature, expired, notYetValid, audience, issuer, tenant,
      publisher
  }

  /// Whom a token must be from and for.
  struct Expectation: Sendable, Hashable {
    let audience: String
    let tenant: String
    /// Whole strings.
    let issuers: Set<String>
  }

  private struct Header: Decodable {
    var alg: String?
    var kid: String?
  }
  private struct Claims: Decodable {
    var aud: String?
    var iss: String?
    var tid: String?
    var appid: String?
    var azp: String?
    var exp: Double?
    var nbf: Double?
  }

  let keyID: String
  private let claims: Claims
  private let signed: [UInt8]
  private let signature: [UInt8]

  init(_ text: String) throws(Fault) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, text.utf8.count <= 16_384, let head = Base64.decodeURL(String(parts[0])),
      let body = Base64.decodeURL(String(parts[1])), let signature = Base64.decodeURL(String(parts[2])),
      let header = try? JSONDecoder().decode(Header.self, from: Data(head)),
      let claims = try? JSONDecoder().decode(Claims.self, from: Data(body))
    else { throw .malformed }
    guard header.alg == "RS256" else { throw .algorithm }
    guard let kid = header.kid, !kid.isEmpty else { throw .unknownKey }
    keyID = kid
    self.claims = claims
    self.signature = signature
    signed = Array("\(parts[0]).\(parts[1])".utf8)
  }

  /// Throws unless everything holds. Version 1 names the publisher in `appid`, version 2 in `azp`.
  func verify(key: PublicKey, expect: Expectation, date: Date) throws(Fault) {
    guard key.verifyRS256(signature: signature, of: signed) else { throw .signature }
    let now = date.timeIntervalSince1970
    guard let exp = claims.exp, now < exp + Self.skew else { throw .expired }
    if let nbf = claims.nbf, now < nbf - Self.skew { throw .notYetValid }
    guard claims.aud?.lowercased() == expect.audience.lowercased() else { throw .audience }
    guard let issuer = claims.iss, expect.issuers.contains(issuer) else { throw .issuer }
    guard claims.tid?.lowercased() == expect.tenant.lowercased() else { throw .tenant }
    guard claims.azp ?? claims.appid == Self.publisher else { throw .publisher }
  }
}
