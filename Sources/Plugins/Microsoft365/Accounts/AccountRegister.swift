// Adds, renews and removes reading accounts while the gateway runs, after a sign-in has shown that they work.

import PluginAPI

actor AccountRegister {
  private let read: ReadOptions
  private let options: Options
  private let context: PluginContext
  private let tokens: TokenCache
  private let accounts: ReadingAccounts
  private let endpoint: TokenEndpoint
  private var edits: Task<Void, Never>?

  init(
    read: ReadOptions, options: Options, context: PluginContext, tokens: TokenCache, accounts: ReadingAccounts
  ) {
    self.read = read
    self.options = options
    self.context = context
    self.tokens = tokens
    self.accounts = accounts
    endpoint = TokenEndpoint(options: options, context: context)
  }

  /// Publishes what the configuration and the state hold now: another process may have added an account.
  func reload() async { await inTurn { await self.publish() } }
  private func publish() async {
    let list = self.list(AddedAccounts(await context.state.value(AddedAccounts.stateName)))
    for gone in await accounts.current where !list.contains(where: { $0.signIn == gone.signIn }) {
      await tokens.retire(gone.signIn)
    }
    // One that another process has signed in again is heard of again.
    await tokens.restore(list.map(\.signIn))
    await accounts.replace(list)
    reportEmpty(list)
  }

  func add(_ name: String, password: String) async throws(PluginFailure) {
    try check(name)
    if configured(name) != nil {
      throw PluginFailure(
        .operatorAction(hint: "change it in plugins.yaml"), "\(name) is an account of the configuration")
    }
    let name = await spelling(of: name)
    try await checkKeeping()
    let entered = Secret(reference: "entered") { () throws(SecretUnavailable) in password }
    let trial = signIn(.password(username: name), .secret(entered), required: false)
    let answer: TokenAnswer
    do { answer = try await endpoint.token(trial.form(.password(password))) } catch { throw error.failure }
    try await keep(password, as: KeptSecrets.password(of: name))
    try await keep(nil, as: KeptSecrets.refreshToken(of: name))
    await tokens.accept(answer, for: trial)
    await edit { $0.put(name, .password) }
  }

  func add(
    _ entered: String, prompt: @Sendable (SignInPrompt) async -> Void
  ) async throws(PluginFailure) {
    try check(entered)
    let name = await spelling(of: entered)
    if let account = configured(name), account.password != nil {
      throw PluginFailure(
        .operatorAction(hint: "write `sign_in: device_code` instead of its password in plugins.yaml"),
        "\(name) signs in by password")
    }
    // Before somebody types a code: what cannot be kept need not be asked for.
    try await checkKeeping()
    let credential = Credential.kept(KeptSecrets.refreshToken(of: name))
    let signIn = signIn(.deviceCode(username: name), credential, required: false)
    let answer = try await DeviceCodeSignIn(endpoint: endpoint, context: context).run(
      signIn, username: name, prompt: prompt)
    try await keep(answer.refreshToken, as: KeptSecrets.refreshToken(of: name))
    try await keep(nil, as: KeptSecrets.password(of: name))
    await tokens.accept(answer, for: signIn)
    if configured(name) == nil { await edit { $0.put(name, .deviceCode) } }
  }

  func remove(_ name: String) async throws(PluginFailure) {
    if configured(name) != nil {
      throw PluginFailure(
        .operatorAction(hint: "remove it from plugins.yaml"), "\(name) is an account of the configuration")
    }
    guard await accounts.current.contains(where: { sameAccount($0.name, name) }) else {
      throw PluginFailure(.giveUp, "there is no account \(name)")
    }
    await edit { $0.remove(name) }
    try await keep(nil, as: KeptSecrets.password(of: name))
    try await keep(nil, as: KeptSecrets.refreshToken(of: name))
  }

  func statuses() async -> [AccountStatus] {
    var statuses: [AccountStatus] = []
    let loads = await accounts.loads
    for account in await accounts.current {
      let standing = await tokens.standing(of: account.signIn)
      let load = loads[account.name]
      statuses.append(
        AccountStatus(
          name: account.name, origin: account.origin, signIn: standing.state, people: load?.people ?? 0,
          tokenExpires: standing.expires, subscriptionExpires: load?.subscriptionExpires))
    }
    return statuses
  }

  // MARK: Lists

  private func configured(_ name: String) -> ReadOptions.Account? {
    read.accounts.first { sameAccount($0.username, name) }
  }

  /// As the account is written already, where it is there: its sign-in is known by it.
  private func spelling(of name: String) async -> String {
    if let account = configured(name) { return account.username }
    let added = AddedAccounts(await context.state.value(AddedAccounts.stateName)).accounts
    return added.first { sameAccount($0.name, name) }?.name ?? name
  }

  /// The configuration's accounts first; one that stands in both counts as the configuration's.
  private func list(_ added: AddedAccounts) -> [ReadingAccount] {
    let others = added.accounts.filter { configured($0.name) == nil }
    let alone = read.accounts.count + others.count + (read.client == nil ? 0 : 1) == 1
    return read.accounts.map {
      ReadingAccount($0, options: options, required: alone)
    }
      + others.map { entry in
        let (grant, secret): (SignIn.Grant, String) =
          switch entry.signIn {
          case .password: (.password(username: entry.name), KeptSecrets.password(of: entry.name))
          case .deviceCode: (.deviceCode(username: entry.name), KeptSecrets.refreshToken(of: entry.name))
          }
        return ReadingAccount(
          name: entry.name, origin: .added, signIn: signIn(grant, .kept(secret), required: alone))
      }
  }

  private func signIn(_ grant: SignIn.Grant, _ credential: Credential, required: Bool) -> SignIn {
    .account(grant, credential, options: options, required: required)
  }

  private func edit(_ change: @escaping @Sendable (inout AddedAccounts) -> Void) async {
    await inTurn { [context] in
      var list = AddedAccounts(await context.state.value(AddedAccounts.stateName))
      change(&list)
      await context.state.set(list.bytes, for: AddedAccounts.stateName)
      await self.publish()
    }
  }

  /// One after the other: each reads the list, perhaps changes and writes it, and publishes it.
  private func inTurn(_ work: @escaping @Sendable () async -> Void) async {
    let before = edits
    let task = Task {
      await before?.value
      await work()
    }
    edits = task
    await task.value
  }

  /// With accounts to subscribe with, and none there, everything else says nothing useful.
  private func reportEmpty(_ list: [ReadingAccount]) {
    guard read.mode == .subscribe else { return }
    guard list.isEmpty else { return context.health.remove(Self.emptyCheck) }
    context.health.report(
      Check(
        Self.emptyCheck,
        .failing(
          reason: "there is no account to subscribe with",
          remedy:
            "add one under read.accounts, on the admin page, or by `presence-gateway login \(context.id) "
            + "ACCOUNT`"), required: read.client == nil))
  }
  static let emptyCheck = "accounts"

  // MARK: Secrets

  private func check(_ name: String) throws(PluginFailure) {
    let parts = name.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), name.utf8.count <= 256,
      name.allSatisfy({ !$0.isWhitespace && $0 != "/" })
    else {
      throw PluginFailure(
        .operatorAction(hint: "write the account's user principal name, such as sync1@contoso.example"),
        "\(name) is no user name")
    }
  }

  private func checkKeeping() async throws(PluginFailure) {
    try await keep("trial", as: "trial")
    try await keep(nil, as: "trial")
  }

  private func keep(_ secret: String?, as name: String) async throws(PluginFailure) {
    do { try await context.state.setSecret(secret, for: name) } catch {
      throw PluginFailure(.operatorAction(hint: KeptSecrets.remedy), "\(error)")
    }
  }
}
