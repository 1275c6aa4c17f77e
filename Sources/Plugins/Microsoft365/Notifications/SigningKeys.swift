// Microsoft's signing keys: read from the discovery document of the configured cloud, cached, read again for a
// key that nobody knows, but not at the whim of whoever posts to us.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

actor SigningKeys {
  /// Microsoft rotates daily.
  static let maxAge = Duration.seconds(86_400)
  /// An unknown key makes them be read again at most so often.
  static let minInterval = Duration.seconds(300)
  /// The same while there are none.
  static let retryInterval = Duration.seconds(10)
  private static let maxKeys = 256

  private struct Discovery: Decodable {
    var issuer: String
    var keysURL: String
    enum CodingKeys: String, CodingKey {
      case issuer
      case keysURL = "jwks_uri"
    }
  }
  private struct KeySet: Decodable {
    struct Key: Decodable {
      var kid: String?
      var kty: String?
      var n: String?
      var e: String?
    }
    var keys: [Key]
  }
  struct Snapshot: Sendable {
    var keys: [String: PublicKey]
    /// The tenant's id, also where the configuration names a domain.
    var tenant: String
    var issuers: Set<String>
  }

  private let options: Options
  private let context: PluginContext
  private var snapshot: Snapshot?
  private var readAt: Moment?
  private var triedAt: Moment?
  private var reading: Task<Void, Never>?

  init(options: Options, context: PluginContext) {
    self.options = options
    self.context = context
  }

  /// The keys, with `keyID` among them if Microsoft has it; nil while they could not be read.
  func keys(for keyID: String?) async -> Snapshot? {
    let now = context.clock.now
    let missing = keyID.map { snapshot?.keys[$0] == nil } ?? (snapshot == nil)
    let old = readAt.map { now - $0 >= Self.maxAge } ?? true
    let pause = snapshot == nil ? Self.retryInterval : Self.minInterval
    if reading != nil || ((missing || old) && triedAt.map({ now - $0 >= pause }) ?? true) {
      let task = reading ?? Task { await read() }
      reading = task
      // Those that are known serve on while new ones are read.
      if missing { await task.value }
    }
    return snapshot
  }

  private func read() async {
    defer { reading = nil }
    triedAt = context.clock.now
    do {
      snapshot = try await fetch()
      readAt = context.clock.now
    } catch {
      let reason = (error as? HTTPClientError)?.failure(reaching: options.cloud.login).reason ?? "\(error)"
      context.logger.warning("Microsoft's signing keys cannot be read", metadata: ["reason": "\(reason)"])
    }
  }

  private func fetch() async throws -> Snapshot {
    let login = options.cloud.login
    let tenant = percentEncode(options.tenant)
    let discovery = try await get(Discovery.self, "\(login)/\(tenant)/v2.0/.well-known/openid-configuration")
    guard discovery.keysURL.hasPrefix("https://") || discovery.keysURL.hasPrefix("\(login)/") else {
      throw PluginFailure(.retry(after: nil), "the discovery document names keys at an unsafe address")
    }
    let set = try await get(KeySet.self, discovery.keysURL)
    var keys: [String: PublicKey] = [:]
    for key in set.keys.prefix(Self.maxKeys) where key.kty == "RSA" {
      guard let kid = key.kid, let n = key.n.flatMap(Base64.decodeURL),
        let e = key.e.flatMap(Base64.decodeURL),
        let publicKey = try? PublicKey(rsaModulus: n, exponent: e)
      else { continue }
      keys[kid] = publicKey
    }
    let id = isGUID(options.tenant) ? options.tenant.lowercased() : Self.tenant(in: discovery.issuer)
    let issuer = discovery.issuer.replacing("{tenantid}", with: id)
    return Snapshot(
      keys: keys, tenant: id, issuers: [issuer, "https://sts.windows.net/\(id)/", "\(login)/\(id)/v2.0"])
  }

  /// The GUID in `https://login.microsoftonline.com/<tenant>/v2.0`.
  private static func tenant(in issuer: String) -> String {
    issuer.split(separator: "/").first { isGUID(String($0)) }.map { $0.lowercased() } ?? ""
  }

  private func get<Value: Decodable>(_ type: Value.Type, _ url: String) async throws -> Value {
    let response = try await context.http.send(
      HTTPRequest(
        "GET", url, headers: [("Accept", "application/json"), ("User-Agent", GraphClient.userAgent)],
        timeout: .seconds(5), maxResponseBytes: 1 << 20, trustFile: options.trustFile))
    guard response.status == 200 else {
      throw PluginFailure(.retry(after: nil), "HTTP \(response.status) from \(options.cloud.login)")
    }
    return try JSONDecoder().decode(type, from: Data(response.body))
  }
}
