// The accounts that read, as they are now: those of the configuration, and those added while the gateway runs.

import FoundationEssentials
import PluginAPI

/// A sync account: it carries one subscription of at most 650 people.
struct ReadingAccount: Sendable, Hashable {
  /// The user principal name, as it was written.
  let name: String
  let origin: AccountStatus.Origin
  let signIn: SignIn
}

extension ReadingAccount {
  /// An account of the configuration.
  init(_ account: ReadOptions.Account, options: Options, required: Bool) {
    let grant: SignIn.Grant =
      account.password == nil
      ? .deviceCode(username: account.username) : .password(username: account.username)
    let credential =
      account.password.map(Credential.secret) ?? .kept(KeptSecrets.refreshToken(of: account.username))
    self.init(
      name: account.username, origin: .configuration,
      signIn: .account(grant, credential, options: options, required: required))
  }
}

/// The one list of accounts. Who subscribes follows `snapshots()` and tells what each account carries; who polls
/// or lists users takes `signIns`.
actor ReadingAccounts {
  /// What an account carries now.
  struct Load: Sendable, Hashable {
    var people: Int
    var subscriptionExpires: Date?
  }

  /// The reading application itself, which polls without an account.
  let application: SignIn?
  private(set) var current: [ReadingAccount]
  private(set) var loads: [String: Load] = [:]
  private var readers: [Int: AsyncStream<[ReadingAccount]>.Continuation] = [:]
  private var nextReader = 0

  init(application: SignIn?, accounts: [ReadingAccount]) {
    self.application = application
    current = accounts
  }

  /// Whoever can read, the application first.
  var signIns: [SignIn] { (application.map { [$0] } ?? []) + current.map(\.signIn) }

  subscript(name: String) -> ReadingAccount? { current.first { $0.name == name } }

  /// The list now and whenever it changes; a slow reader gets the newest.
  func snapshots() -> AsyncStream<[ReadingAccount]> {
    let (stream, reader) = AsyncStream.makeStream(
      of: [ReadingAccount].self, bufferingPolicy: .bufferingNewest(1))
    let id = nextReader
    nextReader += 1
    readers[id] = reader
    reader.onTermination = { _ in Task { await self.leave(id) } }
    reader.yield(current)
    return stream
  }
  private func leave(_ id: Int) { readers[id] = nil }

  func replace(_ accounts: [ReadingAccount]) {
    guard accounts != current else { return }
    current = accounts
    loads = loads.filter { name, _ in accounts.contains { $0.name == name } }
    for reader in readers.values { reader.yield(accounts) }
  }

  /// Whether anybody is pushed now.
  func hasLiveSubscription(at date: Date) -> Bool {
    loads.values.contains { $0.subscriptionExpires.map { $0 > date } ?? false }
  }

  /// Told by whoever plans the subscriptions, by account.
  func carry(_ loads: [String: Load]) { self.loads = loads }
}
