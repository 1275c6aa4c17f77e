// Delivers updates: plans the calls, makes them, and tells for each person what became of it.

import PluginAPI

struct TeamsWriter: Sendable {
  static let checkName = "writing"
  /// Under which a message of the person's own, that keeps ours away, is reported.
  static let messageTopic = "status message"

  let graph: GraphClient
  let signIn: SignIn
  let options: WriteOptions
  let context: PluginContext
  let watch: WriteWatch
  let ledger = WriteLedger()
  private let traces: PersonalTraces
  private let refusals: WriteRefusals

  init(graph: GraphClient, signIn: SignIn, options: WriteOptions, context: PluginContext, watch: WriteWatch) {
    self.graph = graph
    self.signIn = signIn
    self.options = options
    self.context = context
    self.watch = watch
    refusals = WriteRefusals(health: context.health)
    traces = PersonalTraces(
      look: PresenceLook(graph: graph, signIn: signIn), state: context.state,
      restores: options.restoreManual, started: context.clock.now)
  }

  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    if batch.count == 1 { return [try await deliver(batch[0])] }
    let results = await withTaskGroup(of: (Int, Result<DeliveryOutcome, PluginFailure>).self) { group in
      for (index, update) in batch.enumerated() {
        group.addTask {
          do throws(PluginFailure) { return (index, .success(try await deliver(update))) } catch {
            return (index, .failure(error))
          }
        }
      }
      var results = [Result<DeliveryOutcome, PluginFailure>?](repeating: nil, count: batch.count)
      for await (index, result) in group { results[index] = result }
      return results.compactMap { $0 }
    }
    return try results.map { (result) throws(PluginFailure) in try result.get() }
  }

  /// Throws what concerns everybody: no sign-in, no permission for anybody, no network, throttling.
  private func deliver(_ update: PresenceUpdate) async throws(PluginFailure) -> DeliveryOutcome {
    func state(_ presence: Presence?) -> TeamsState {
      presence.map { TeamsState($0, options.manner) } ?? TeamsState()
    }
    let (wanted, previous) = (state(update.presence), state(update.previous))
    let ages = await ledger.ages(of: update.user, now: context.clock.now)
    let calls = TeamsWrite.plan(
      previous: previous, wanted: wanted, cause: update.cause, ages: ages, callLease: options.callLease,
      writesNotes: options.statusMessage == .note)
    for call in calls {
      guard let request = await prepare(call, of: update, previous: previous) else { continue }
      do throws(GraphError) {
        _ = try await graph.send(request, as: [signIn])
        await refusals.served()
      } catch {
        if error.status == 403 { return try await forbidden(error.failure, update.user) }
        if let outcome = try Self.outcome(of: error, at: call) { return outcome }
      }
      await ledger.note(call, of: update.user, now: context.clock.now)
      await finish(call, of: update.user)
    }
    let now = context.clock.now
    await watch.wrote(wanted, of: update.user, now: now)
    let held = await ledger.ages(of: update.user, now: now)
    return .delivered(lease: TeamsWrite.lease(wanted, ages: held, callLease: options.callLease))
  }

  /// Nil when something of the person's own is in the way, which stays, or nothing of ours is there.
  private func prepare(
    _ call: TeamsWrite, of update: PresenceUpdate, previous: TeamsState
  ) async -> GraphRequest? {
    let (user, now) = (update.user, context.clock.now)
    switch call {
    case .setPreferred: await traces.keepManual(of: user, previous: previous.preferred, now: now)
    case .clearPreferred:
      var ours: PersonalTraces.Ours?
      if let preferred = previous.preferred {
        let age = await ledger.ages(of: user, now: now).preferred
        var isReplaced = false
        if let age, update.cause != .repair {
          isReplaced = await watch.isReplaced(preferred, of: user, writtenAt: now + (.zero - age))
        }
        ours = .init(state: preferred, age: age, isReplaced: isReplaced)
      }
      switch await traces.ending(of: user, ours: ours, now: now) {
      case .clear: break
      case .giveBack(let manual):
        return TeamsWrite.preferred(
          manual.words.availability, manual.words.activity, life: manual.life, of: user)
      case .leave:
        await ledger.note(call, of: user, now: now)
        await traces.forgetManual(of: user)
        return nil
      }
    case .setNote(let note):
      guard await traces.maySet(note, for: user) else {
        let problem = UserProblem(
          reason: "has a status message of their own, so ours is not shown",
          remedy: "nothing to do: ours is shown with the next note after theirs is gone")
        context.users.report(problem, topic: Self.messageTopic, of: user)
        return nil
      }
    case .clearNote:
      context.users.report(nil, topic: Self.messageTopic, of: user)
      guard await traces.mayClear(for: user) else {
        await traces.forgetNote(of: user)
        return nil
      }
    default: break
    }
    return call.request(
      user: user, sessionID: signIn.clientID, callLease: options.callLease, date: await graph.time.date)
  }

  private func finish(_ call: TeamsWrite, of user: UserID) async {
    switch call {
    case .clearPreferred: await traces.forgetManual(of: user)
    case .clearNote: await traces.forgetNote(of: user)
    case .setNote: context.users.report(nil, topic: Self.messageTopic, of: user)
    default: break
    }
  }

  private func forbidden(_ failure: PluginFailure, _ user: UserID) async throws(PluginFailure)
    -> DeliveryOutcome
  {
    let claims = (try? await graph.tokens.token(for: signIn)).flatMap(UnverifiedClaims.init)
    let lacksRole = claims?.lacks(GraphCall.setPresence.permission) ?? false
    switch await refusals.refused(user, lacksRole: lacksRole, failure) {
    case .everybody: throw failure
    case .onePerson: return .retry(after: ForbiddenWrites.retryAfter, reason: failure.reason)
    }
  }

  /// Nil where the refusal is as good as a success.
  static func outcome(of error: GraphError, at call: TeamsWrite) throws(PluginFailure) -> DeliveryOutcome? {
    let failure = error.failure
    guard case .refused(let refusal) = error else { throw failure }
    switch (refusal.status, call) {
    // Nobody there, or nothing of ours: nothing to take back.
    case (404, .clearSession), (404, .clearPreferred), (404, .clearNote): return nil
    case (404, _): return .rejected(reason: "Teams does not know this user (\(refusal.text))")
    case (401, _), (429, _), (503, _): throw failure
    case (408, _), (500...599, _): return .retry(after: refusal.retryAfter, reason: refusal.text)
    default: return .rejected(reason: refusal.text)
    }
  }
}
