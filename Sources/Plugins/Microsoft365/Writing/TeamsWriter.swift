// Delivers updates: plans the calls, makes them, and tells for each person what became of it.

import PluginAPI

struct TeamsWriter: Sendable {
  let graph: GraphClient
  let signIn: SignIn
  let options: WriteOptions
  let context: PluginContext
  let ledger = WriteLedger()

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

  /// Throws what concerns everybody: no sign-in, no permission, no network, throttling.
  private func deliver(_ update: PresenceUpdate) async throws(PluginFailure) -> DeliveryOutcome {
    func state(_ presence: Presence?) -> TeamsState {
      presence.map { TeamsState($0, states: options.states) } ?? TeamsState()
    }
    let wanted = state(update.presence)
    let ages = await ledger.ages(of: update.user, now: context.clock.now)
    let calls = TeamsWrite.plan(
      previous: state(update.previous), wanted: wanted, cause: update.cause, ages: ages,
      callLease: options.callLease)
    for call in calls {
      let request = call.request(user: update.user, sessionID: signIn.clientID, callLease: options.callLease)
      do throws(GraphError) {
        _ = try await graph.send(request, as: [signIn])
      } catch {
        if let outcome = try Self.outcome(of: error, at: call) { return outcome }
      }
      await ledger.note(call, of: update.user, now: context.clock.now)
    }
    let held = await ledger.ages(of: update.user, now: context.clock.now)
    return .delivered(lease: TeamsWrite.lease(wanted, ages: held, callLease: options.callLease))
  }

  /// Nil where the refusal is as good as a success.
  static func outcome(of error: GraphError, at call: TeamsWrite) throws(PluginFailure) -> DeliveryOutcome? {
    let failure = error.failure
    guard case .refused(let refusal) = error else { throw failure }
    switch (refusal.status, call) {
    // Nobody there, or nothing of ours: nothing to take back.
    case (404, .clearSession), (404, .clearPreferred): return nil
    case (404, _): return .rejected(reason: "Teams does not know this user (\(refusal.text))")
    case (401, _), (403, _), (429, _), (503, _): throw failure
    case (408, _), (500...599, _): return .retry(after: refusal.retryAfter, reason: refusal.text)
    default: return .rejected(reason: refusal.text)
    }
  }
}
