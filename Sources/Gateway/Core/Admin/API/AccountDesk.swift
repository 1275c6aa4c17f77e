// Accounts of plugins that sign in with accounts: listed, added and removed; a device code runs on its own.

import FoundationEssentials
import PluginAPI

actor AccountDesk {
  struct AccountJSON: Encodable {
    let plugin: String
    let name: String
    let origin: String
    let signIn: StatusSnapshot.Check
    let people: Int
    let tokenExpires: Date?
    let subscriptionExpires: Date?
  }
  /// A sign-in by device code under way, or just ended.
  struct SignInJSON: Encodable, Sendable {
    enum State: String, Encodable { case starting, waiting, done, failed }
    let id: String
    let plugin: String
    let account: String
    var state = State.starting
    var code: String?
    var url: String?
    var message: String?
    var expires: Date?
    var reason: String?
    var remedy: String?
  }
  private static let limit = 16
  private let plugins: @Sendable () -> [(id: String, plugin: any Plugin)]
  private var signIns: [String: SignInJSON] = [:]
  private var order: [String] = []
  private var tasks: [String: Task<Void, Never>] = [:]

  /// `plugins` are those that run now.
  init(_ plugins: @escaping @Sendable () -> [(id: String, plugin: any Plugin)]) { self.plugins = plugins }

  private nonisolated var holders: [(id: String, plugin: any AccountHolding)] {
    plugins().compactMap { id, plugin in (plugin as? any AccountHolding).map { (id: id, plugin: $0) } }
  }
  nonisolated var ids: [String] { holders.map(\.id) }

  func list() async -> [AccountJSON] {
    var accounts: [AccountJSON] = []
    for (id, plugin) in holders {
      accounts += await plugin.accounts().map { account in
        AccountJSON(
          plugin: id, name: account.name, origin: account.origin.rawValue,
          signIn: StatusSnapshot.Check(Check("sign-in", account.signIn)), people: account.people,
          tokenExpires: account.tokenExpires, subscriptionExpires: account.subscriptionExpires)
      }
    }
    return accounts
  }

  func add(_ name: String, password: String, to id: String) async throws(APIProblem) {
    let plugin = try holder(id)
    do throws(PluginFailure) { try await plugin.addAccount(name, password: password) } catch {
      throw Self.problem(error)
    }
  }

  func remove(_ name: String, from id: String) async throws(APIProblem) {
    let plugin = try holder(id)
    let known = await plugin.accounts()
    guard let account = known.first(where: { $0.name == name }) else { throw .notFound }
    guard account.origin == .added else {
      throw APIProblem(
        409, "the account comes from the configuration file", "Remove it there, and reload.")
    }
    do throws(PluginFailure) { try await plugin.removeAccount(name) } catch { throw Self.problem(error) }
  }

  /// Begins; `signIn` tells how it goes, and `told` how it went: nil when the account was added.
  func begin(
    _ name: String, with id: String, told: @escaping @Sendable (APIProblem?) -> Void
  ) throws(APIProblem) -> SignInJSON {
    let plugin = try holder(id)
    if order.count >= Self.limit {
      guard let old = order.first(where: { tasks[$0] == nil }) else {
        throw APIProblem(503, "too many sign-ins are under way", "Finish one of them first.")
      }
      order.removeAll { $0 == old }
      signIns[old] = nil
    }
    let key = AdminAccess.randomToken()
    let signIn = SignInJSON(id: key, plugin: id, account: name)
    signIns[key] = signIn
    order.append(key)
    tasks[key] = Task {
      do throws(PluginFailure) {
        try await plugin.addAccount(name, prompt: { await self.prompted($0, key) })
        ended(key, nil)
        told(nil)
      } catch {
        let problem = Self.problem(error)
        ended(key, problem)
        told(problem)
      }
    }
    return signIn
  }

  func signIn(_ id: String) -> SignInJSON? { signIns[id] }

  /// Those under way and the last that ended, in the order in which they began.
  var allSignIns: [SignInJSON] { order.compactMap { signIns[$0] } }

  func cancel(_ id: String) { tasks[id]?.cancel() }

  func stop() { for task in tasks.values { task.cancel() } }

  private func prompted(_ prompt: SignInPrompt, _ key: String) {
    signIns[key]?.state = .waiting
    signIns[key]?.code = prompt.code
    signIns[key]?.url = prompt.url
    signIns[key]?.message = prompt.message
    signIns[key]?.expires = prompt.expires
  }

  private func ended(_ key: String, _ problem: APIProblem?) {
    tasks[key] = nil
    signIns[key]?.state = problem == nil ? .done : .failed
    signIns[key]?.reason = problem?.reason
    signIns[key]?.remedy = problem?.remedy
  }

  private func holder(_ id: String) throws(APIProblem) -> any AccountHolding {
    guard let holder = holders.first(where: { $0.id == id }) else { throw .notFound }
    return holder.plugin
  }

  private static func problem(_ failure: PluginFailure) -> APIProblem {
    switch failure.remedy {
    case .operatorAction(let hint): APIProblem(422, failure.reason, hint)
    case .retry: APIProblem(503, failure.reason, "Try again in a moment.")
    case .giveUp: APIProblem(422, failure.reason, "See the connector's README for what it needs.")
    }
  }
}
