// Puts the parts of one instance together. No I/O: only values and idle actors.

import PluginAPI

struct Wiring: Sendable {
  let tokens: TokenCache
  let graph: GraphClient
  let signingKeys: SigningKeys
  let accounts: ReadingAccounts
  /// Nil where nothing is read.
  let register: AccountRegister?
  let credentials: CredentialWatch
  /// For users: the reading application itself, then its accounts; without reading, the writing application.
  let directorySignIns: @Sendable () async -> [SignIn]
  let writing: SignIn?
  let poll: PresencePoll?
  let handler: NotificationHandler?
  let writer: TeamsWriter?
  let watch: WriteWatch

  private let options: Options
  private let context: PluginContext
  private let metrics: PluginMetrics
  let keys: EncryptionKeys

  init(options: Options, context: PluginContext, key: EncryptionKey? = nil) {
    self.options = options
    self.context = context
    metrics = PluginMetrics(context: context)
    tokens = TokenCache(options: options, context: context, metrics: metrics)
    graph = GraphClient(options: options, context: context, tokens: tokens, metrics: metrics)
    credentials = CredentialWatch(options, context: context, metrics: metrics)
    signingKeys = SigningKeys(options: options, context: context)

    let watch = WriteWatch(context: context)
    self.watch = watch
    let read = options.read
    let alone = (read?.accounts.count ?? 0) + (read?.client == nil ? 0 : 1) == 1
    let application = read?.client.map {
      SignIn.application(
        .reading, clientID: read?.clientID ?? "", credential: $0.credential, options: options, required: alone
      )
    }
    let writing = options.write.flatMap { write in
      write.client.map {
        SignIn.application(
          .writing, clientID: write.clientID, credential: $0.credential, options: options, required: true)
      }
    }
    let accounts = ReadingAccounts(
      application: application,
      accounts: (read?.accounts ?? []).map {
        ReadingAccount($0, options: options, required: alone)
      })
    self.accounts = accounts
    register = read.map { [tokens] in
      AccountRegister(read: $0, options: options, context: context, tokens: tokens, accounts: accounts)
    }
    self.writing = writing
    directorySignIns = {
      let reading = await accounts.signIns
      return reading.isEmpty ? writing.map { [$0] } ?? [] : reading
    }

    let pool = CryptoPool()
    keys = EncryptionKeys(pool: pool, context: context, made: key)
    let memory = PresenceMemory(
      clock: context.clock, grace: read?.pushes == true ? read?.silenceAfter : nil,
      carriesNotes: read?.notes ?? true)
    self.memory = memory
    let book = SubscriptionBook(context: context)
    self.book = book
    let words = UnknownWords(logger: context.logger)
    poll = read.map { [graph] _ in
      PresencePoll(
        graph: graph, signIns: { await accounts.signIns }, context: context, memory: memory, book: book,
        words: words, watch: watch,
        isMain: { await !accounts.hasLiveSubscription(at: context.clock.date) })
    }
    if let read, let url = read.notificationURL {
      let webhook = WebhookHealth(url: url, health: context.health)
      self.webhook = webhook
      handler = NotificationHandler(
        clientID: read.clientID, context: context, book: book, keys: keys, signingKeys: signingKeys,
        pool: pool, memory: memory, time: graph.time, words: words, watch: watch, metrics: metrics,
        log: QuietLog(logger: context.logger, clock: context.clock), webhook: webhook)
    } else {
      webhook = nil
      handler = nil
    }
    writer = writing.flatMap { [graph] signIn in
      options.write.map {
        TeamsWriter(graph: graph, signIn: signIn, options: $0, context: context, watch: watch)
      }
    }
  }
  let book: SubscriptionBook
  let memory: PresenceMemory
  private let webhook: WebhookHealth?

  func directory() -> DirectoryReader {
    var hints: (@Sendable () async -> Bool)?
    if options.userHints { hints = { [book] in await book.takeUserHint() } }
    return DirectoryReader(
      list: UserList(
        graph: graph, signIns: directorySignIns, plans: options.teamsPlans,
        moreFields: options.filter.fields),
      groups: GroupList(graph: graph, signIns: directorySignIns), options: options, context: context,
      hints: hints)
  }

  /// Nil when nobody asked for it, or nothing is pushed.
  func userHints() -> UserHints? {
    guard options.userHints, let url = options.read?.notificationURL else { return nil }
    return UserHints(
      graph: graph, signIns: directorySignIns, context: context, book: book, notificationURL: url)
  }

  /// Nil when nothing is pushed.
  func keeper() -> SubscriptionKeeper? {
    guard let read = options.read, let webhook, let url = read.notificationURL else { return nil }
    let calls = SubscriptionCalls(
      graph: graph, context: context, notificationURL: url, book: book, keys: keys)
    return SubscriptionKeeper(
      calls: calls, context: context, metrics: metrics, webhook: webhook, accounts: accounts, memory: memory,
      mode: ReadingMode(options: read),
      timing: .init(
        renewEvery: read.renewEvery, checkEvery: read.checkEvery, fallbackInterval: read.fallbackInterval))
  }
}
