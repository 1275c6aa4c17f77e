// The connector to Microsoft Teams: reads presence from Microsoft Graph and writes it there.

import PluginAPI

public struct Microsoft365Plugin: DirectoryProvider, PollingSource, StreamingSource, PresenceSink,
  RouteProviding
{
  public static let type = "microsoft365"
  public static let summary = "Microsoft Teams presence through Microsoft Graph, both ways"
  public static let identityKinds: Set<IdentityKind> = [.email, .upn, .name]

  let options: Options
  let context: PluginContext
  let wiring: Wiring

  public init(config: ConfigSection, context: PluginContext) {
    self.init(config: config, context: context, key: nil)
  }
  /// `key` spares the making of one.
  init(config: ConfigSection, context: PluginContext, key: EncryptionKey?) {
    options = Options(config: config, id: context.id, publicURL: context.publicURL)
    self.context = context
    wiring = Wiring(options: options, context: context, key: key)
  }

  /// Keeps every sign-in fresh, so that no change waits for a token; and the signing keys, where they are needed.
  public func run() async throws {
    if let read = options.read {
      let way = read.pushes ? "subscribe" : "poll"
      context.logger.info("Reading Teams", metadata: ["way": "\(way)", "why": "\(read.modeReason)"])
      context.health.report(ReadingMode(options: read).check(accounts: await wiring.accounts.current.count))
    }
    await wiring.register?.reload()
    await recordExpiries()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in await wiring.accounts.snapshots() { await freshenAll() } }
      group.addTask { await keepFresh() }
      if options.read?.pushes == true { group.addTask { await keepKeys() } }
      if options.read != nil, options.write != nil { group.addTask { await wiring.watch.run() } }
    }
    try Task.checkCancellation()
  }

  private func freshenAll() async {
    let signIns = await wiring.accounts.signIns + (wiring.writing.map { [$0] } ?? [])
    await withDiscardingTaskGroup { group in
      for signIn in signIns { group.addTask { _ = try? await wiring.tokens.token(for: signIn) } }
    }
  }
  /// Every ten seconds; also finds accounts, sign-ins and secrets that somebody has added or changed. What needs no
  /// token asks nobody.
  private func keepFresh() async {
    while (try? await context.clock.sleep(for: .seconds(10))) != nil {
      await wiring.register?.reload()
      await recordExpiries()
      await freshenAll()
    }
  }
  private func recordExpiries() async {
    await wiring.credentials.look()
    await wiring.tokens.recordExpiries()
  }
  private func keepKeys() async {
    while !Task.isCancelled {
      let known = await wiring.signingKeys.keys(for: nil) != nil
      guard (try? await context.clock.sleep(for: known ? .seconds(3600) : SigningKeys.retryInterval)) != nil
      else { return }
    }
  }

  public func tryAgain() async {
    await wiring.tokens.release()
    await freshenAll()
    await wiring.book.tell(.mended)
    await wiring.book.tellAboutUsers()
  }

  public func publishDirectory(to directory: any DirectoryInlet) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let hints = wiring.userHints() { group.addTask { await hints.run() } }
      try await wiring.directory().run(into: directory)
      group.cancelAll()
    }
  }

  // MARK: Source

  public var pollLimits: Limits {
    Limits(
      maxBatch: PresencePoll.maxUsers, maxInFlight: 2,
      rate: .init(options.requestsPer30Seconds, per: .seconds(30)))
  }
  public var pollInterval: Duration { options.read?.pollInterval ?? .seconds(3600) }

  public func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] {
    guard let poll = wiring.poll else { throw PluginFailure(.giveUp, "\(context.id) has no `read` section") }
    return try await poll.poll(users)
  }

  public func stream(_ roster: any Roster) async throws {
    guard options.read != nil else { return }
    guard let keeper = wiring.keeper() else {
      for await snapshot in roster.snapshots() { await wiring.memory.keep(only: snapshot.users) }
      return
    }
    await keeper.webhook.begin()
    try await keeper.run(roster)
  }

  public var routes: [WebRoute] {
    guard let handler = wiring.handler, let path = options.read?.notificationPath else { return [] }
    return [WebRoute(path, .http { await handler.respond(to: $0) })]
  }

  // MARK: Sink

  public var deliveryLimits: Limits {
    guard let write = options.write else { return Limits() }
    // One person in a call, so that a slow answer holds back nobody else.
    return Limits(
      maxBatch: 1, maxInFlight: write.maxConcurrent,
      rate: .init(options.requestsPer30Seconds, per: .seconds(30)))
  }

  public func held(for presence: Presence) -> Presence { manner.held(for: presence) }
  public func echoes(of held: Presence) -> [Presence] { TeamsState(held, manner).echoes }
  private var manner: TeamsState.Manner { options.write?.manner ?? .init() }

  public func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    guard let writer = wiring.writer else {
      return batch.map { _ in .rejected(reason: "\(context.id) has no `write` section") }
    }
    return try await writer.deliver(batch)
  }
}
