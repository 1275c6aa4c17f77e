// What is kept of living subscriptions across a restart, so that the next life takes them over instead of making
// them anew: their secrets encrypted, their people in clear.

import FoundationEssentials
import PluginAPI

struct KeptSubscription: Codable, Sendable, Hashable {
  var account: String
  var id: String
  var clientState: String
  var keyID: String
  /// Seconds since 1970.
  var seen: Double
}

struct KeptSubscriptions: Sendable {
  static let secretName = "subscriptions"
  /// Of a subscription not seen for so long nothing comes any more: it lives for an hour, repeats end after four.
  static let life = 6 * 3600.0
  let context: PluginContext

  static func shareName(_ account: String) -> String { "share/\(account)" }

  /// Each with its people. What is too old is left out.
  func load() async -> [(KeptSubscription, Set<UserID>)] {
    guard let text = try? await context.state.secret(Self.secretName),
      let all = try? JSONDecoder().decode([KeptSubscription].self, from: Data(text.utf8))
    else { return [] }
    let oldest = context.clock.date.timeIntervalSince1970 - Self.life
    var result: [(KeptSubscription, Set<UserID>)] = []
    for kept in all where kept.seen > oldest {
      let bytes = await context.state.value(Self.shareName(kept.account)) ?? []
      let people = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { UserID(String($0)) }
      result.append((kept, Set(people)))
    }
    return result
  }

  /// False when nothing can be kept for want of a key to encrypt it with: `EncryptionKeys` has said so.
  func save(_ all: [KeptSubscription]) async -> Bool {
    guard let json = try? JSONEncoder().encode(all) else { return false }
    let text = all.isEmpty ? nil : String(decoding: json, as: UTF8.self)
    return (try? await context.state.setSecret(text, for: Self.secretName)) != nil
  }

  func save(people: Set<UserID>?, of account: String) async {
    let text = people?.sorted().map(\.rawValue).joined(separator: "\n")
    await context.state.set(text.map { Array($0.utf8) }, for: Self.shareName(account))
  }
}
