// The live subscriptions as the webhook must know them: by id, with the secret that proves a notification. Those
// of an earlier life are known from the first notification on.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

actor SubscriptionBook {
  struct Entry: Sendable {
    enum Subject: Sendable, Hashable {
      case presence(Set<UserID>)
      /// The directory: a hint to ask for changes.
      case users
    }
    let account: String
    let clientState: String
    /// Of the key that content is encrypted to; nil: there is no content.
    var keyID: String?
    let subject: Subject

    var people: Set<UserID> { if case .presence(let people) = subject { people } else { [] } }
    /// Takes the same time whatever differs.
    func proves(_ text: String?) -> Bool {
      constantTimeEqual(Array(clientState.utf8), Array((text ?? "").utf8))
    }
  }

  /// What the webhook and the polls tell whoever keeps the subscriptions.
  enum News: Sendable, Equatable {
    case lifecycle(LifecycleEvent, id: String)
    /// Polls saw changes of which no notification has told yet; judge them at that time.
    case suspicion(judgeAt: Moment)
    /// A subscription that was silent has spoken.
    case heard(id: String)
    /// Somebody has mended what kept subscriptions from being made.
    case mended
  }

  private let kept: KeptSubscriptions
  private let clock: any GatewayClock
  private var entries: [String: Entry] = [:]
  private var seen: [String: Double] = [:]
  private var awaited: Set<String> = []
  private var restoring: Task<Void, Never>?
  private var saving: Task<Bool, Never>?
  private var reader: AsyncStream<News>.Continuation?
  private var userHint = false
  private var usersToRenew = false

  init(context: PluginContext) {
    kept = KeptSubscriptions(context: context)
    clock = context.clock
  }

  func find(_ id: String) async -> Entry? {
    await restore()
    return entries[id.lowercased()]
  }
  /// The people whom the account's subscription watched in an earlier life.
  func remembered() async -> [String: Set<UserID>] {
    await restore()
    return Dictionary(entries.values.map { ($0.account, $0.people) }, uniquingKeysWith: { $0.union($1) })
  }
  var usedKeys: Set<String> { Set(entries.values.compactMap(\.keyID)) }

  func enter(_ id: String, _ entry: Entry) async {
    await restore()
    entries[id.lowercased()] = entry
    guard case .presence(let people) = entry.subject else { return }
    seen[id.lowercased()] = clock.date.timeIntervalSince1970
    if await save() { await kept.save(people: people, of: entry.account) }
  }
  /// A renewed or adopted subscription lives; `keyID` is what it uses from now on.
  func confirm(_ id: String, keyID: String) async {
    guard var entry = entries[id.lowercased()] else { return }
    let now = clock.date.timeIntervalSince1970
    let isNews = entry.keyID != keyID || now - (seen[id.lowercased()] ?? 0) > 1800
    entry.keyID = keyID
    entries[id.lowercased()] = entry
    if isNews {
      seen[id.lowercased()] = now
      await save()
    }
  }
  func remove(_ id: String) async {
    await restore()
    awaited.remove(id.lowercased())
    guard let entry = entries.removeValue(forKey: id.lowercased()) else { return }
    seen[id.lowercased()] = nil
    guard case .presence = entry.subject else { return }
    if !entries.values.contains(where: { $0.account == entry.account }) {
      await kept.save(people: nil, of: entry.account)
    }
    await save()
  }
  /// Everything of the account but `id`: what an earlier life left and nobody could take over.
  func removeAll(of account: String, but id: String?) async {
    await restore()
    for (key, entry) in entries where entry.account == account && key != id?.lowercased() {
      if case .presence = entry.subject { await remove(key) }
    }
  }

  private func restore() async {
    let task =
      restoring
      ?? Task {
        for (one, people) in await kept.load() {
          let entry = Entry(
            account: one.account, clientState: one.clientState, keyID: one.keyID, subject: .presence(people))
          entries[one.id.lowercased()] = entry
          seen[one.id.lowercased()] = one.seen
        }
      }
    restoring = task
    await task.value
  }
  /// One after the other, so that the newest is what stays.
  @discardableResult
  private func save() async -> Bool {
    let before = saving
    let task = Task {
      _ = await before?.value
      return await write()
    }
    saving = task
    return await task.value
  }
  private func write() async -> Bool {
    await kept.save(
      entries.compactMap { id, entry in
        entry.keyID.map { key in
          KeptSubscription(
            account: entry.account, id: id, clientState: entry.clientState, keyID: key, seen: seen[id] ?? 0)
        }
      }.sorted { $0.account < $1.account })
  }

  // MARK: News

  /// For whoever keeps the subscriptions; the newest reader gets them.
  func news() -> AsyncStream<News> {
    reader?.finish()
    let (stream, next) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(256))
    reader = next
    return stream
  }
  func tell(_ news: News) { reader?.yield(news) }

  func usersChanged() { userHint = true }
  /// A lifecycle event of the subscription on users, or somebody's wish: something may have been missed, and it must be
  /// renewed or made.
  func tellAboutUsers() {
    userHint = true
    usersToRenew = true
  }
  /// Whether that happened since this was last asked.
  func takeUsersToRenew() -> Bool {
    defer { usersToRenew = false }
    return usersToRenew
  }
  /// Whether users have changed since this was last asked.
  func takeUserHint() -> Bool {
    defer { userHint = false }
    return userHint
  }

  /// The next notification of this subscription is told as news.
  func await(_ id: String) { awaited.insert(id.lowercased()) }
  func heard(_ ids: Set<String>) {
    if awaited.isEmpty { return }
    for id in ids where awaited.remove(id.lowercased()) != nil { reader?.yield(.heard(id: id)) }
  }
}
