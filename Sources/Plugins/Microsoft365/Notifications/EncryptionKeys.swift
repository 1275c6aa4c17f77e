// The keys that Microsoft encrypts notifications to: the newest for new subscriptions, older ones until nothing
// can arrive under them. Kept as a secret across restarts, where the gateway has a key to encrypt it with.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

actor EncryptionKeys {
  static let secretName = "encryption-keys"
  /// For so long after its last subscription Microsoft may still repeat a notification (C.3).
  static let afterlife = 4 * 3600.0

  private struct Kept: Codable {
    var key: String
    var certificate: String
    var unusedSince: Double?
  }

  private let pool: CryptoPool
  private let context: PluginContext
  /// Newest first.
  private var keys: [EncryptionKey]
  /// When the last subscription of an older key was gone, by key id.
  private var unusedSince: [String: Date] = [:]
  private var restoring: Task<[Kept], Never>?
  private var restored = false
  private var making: Task<Result<EncryptionKey, CryptoError>?, Never>?

  /// `made` is a key that is there already.
  init(pool: CryptoPool, context: PluginContext, made: EncryptionKey? = nil) {
    self.pool = pool
    self.context = context
    keys = made.map { [$0] } ?? []
  }

  /// The key for new subscriptions; made when there is none, or none that lives long enough.
  func current() async throws -> EncryptionKey {
    await restore()
    if let newest = keys.first, !newest.isDue(at: context.clock.date) { return newest }
    let task =
      making
      ?? Task { [pool] in
        await pool.run { () -> Result<EncryptionKey, CryptoError> in
          do throws(CryptoError) { return .success(try EncryptionKey.generate()) } catch {
            return .failure(error)
          }
        }
      }
    making = task
    defer { making = nil }
    guard let result = await task.value else {
      throw PluginFailure(.retry(after: nil), "too busy to make an encryption key")
    }
    let key = try result.get()
    if !keys.contains(where: { $0.id == key.id }) {
      keys.insert(key, at: 0)
      await keep()
    }
    return key
  }

  /// By our label, else by the certificate's thumbprint.
  func find(id: String?, thumbprint: String?) async -> EncryptionKey? {
    await restore()
    let thumbprint = thumbprint?.uppercased()
    return keys.first { $0.id == id } ?? keys.first { $0.thumbprint == thumbprint }
  }

  /// Forgets older keys under which nothing can arrive any more; `used` are those of living subscriptions.
  func tidy(used: Set<String>) async {
    await restore()
    let now = context.clock.date
    let before = (keys.map(\.id), unusedSince)
    for key in keys.dropFirst() {
      unusedSince[key.id] = used.contains(key.id) ? nil : unusedSince[key.id] ?? now
    }
    if let newest = keys.first?.id { unusedSince[newest] = nil }
    keys.removeAll { key in
      unusedSince[key.id].map { now.timeIntervalSince($0) > Self.afterlife } ?? false
    }
    let known = Set(keys.map(\.id))
    unusedSince = unusedSince.filter { known.contains($0.key) }
    if before.0 != keys.map(\.id) || before.1 != unusedSince { await keep() }
  }

  /// What an earlier life kept, once, before anything else.
  private func restore() async {
    guard !restored else { return }
    let task =
      restoring
      ?? Task { [context] in
        let text = try? await context.state.secret(Self.secretName)
        return text.flatMap { try? JSONDecoder().decode([Kept].self, from: Data($0.utf8)) } ?? []
      }
    restoring = task
    let kept = await task.value
    guard !restored else { return }
    restored = true
    for one in kept {
      guard let key = try? PrivateKey(pem: one.key), let der = Base64.decode(one.certificate),
        let certificate = try? Certificate(der: der)
      else { continue }
      let restored = EncryptionKey(key: key, certificate: certificate)
      guard !keys.contains(where: { $0.id == restored.id }) else { continue }
      keys.append(restored)
      if let since = one.unusedSince { unusedSince[restored.id] = Date(timeIntervalSince1970: since) }
    }
  }

  /// Without a key to encrypt it with nothing is kept: the next start then makes subscriptions anew.
  private func keep() async {
    let kept = keys.map {
      Kept(
        key: $0.key.pem, certificate: $0.certificateText,
        unusedSince: unusedSince[$0.id]?.timeIntervalSince1970)
    }
    guard let json = try? JSONEncoder().encode(kept) else { return }
    do {
      try await context.state.setSecret(String(decoding: json, as: UTF8.self), for: Self.secretName)
    } catch {
      context.logger.notice(
        "Subscriptions will be made anew at the next start: their secrets cannot be kept",
        metadata: ["reason": "\(error)"])
    }
  }
}
