// The live subscriptions as the webhook must know them: by id, with the secret that proves a notification.

import OpenSSLCrypto
import PluginAPI

actor SubscriptionBook {
  struct Entry: Sendable {
    let clientState: [UInt8]
    let users: Set<UserID>

    /// Takes the same time whatever differs.
    func proves(_ text: String?) -> Bool { constantTimeEqual(clientState, Array((text ?? "").utf8)) }
  }
  private var entries: [String: Entry] = [:]
  private var readers: AsyncStream<(LifecycleEvent, String)>.Continuation?

  func find(_ id: String) -> Entry? { entries[id.lowercased()] }
  func enter(_ id: String, _ entry: Entry) { entries[id.lowercased()] = entry }
  func remove(_ id: String) { entries[id.lowercased()] = nil }

  /// Lifecycle notifications for whoever keeps the subscriptions; the newest reader gets them.
  func lifecycle() -> AsyncStream<(LifecycleEvent, String)> {
    readers?.finish()
    let (stream, reader) = AsyncStream.makeStream(
      of: (LifecycleEvent, String).self, bufferingPolicy: .bufferingNewest(256))
    readers = reader
    return stream
  }
  func tell(_ event: LifecycleEvent, of id: String) { readers?.yield((event, id)) }
}
