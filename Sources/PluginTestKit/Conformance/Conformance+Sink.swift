// What holds for sinks: the vocabulary that the core's comparing rests on, and one outcome for each update.

import PluginAPI

extension Conformance {
  /// `user` is known to the system, which accepts everything; `stranger` is not.
  public static func sink(
    _ plugin: some PresenceSink, user: UserID, stranger: UserID
  ) async -> [String] {
    var findings = Findings()
    judge(plugin.deliveryLimits, of: "a delivery", &findings)
    judgeVocabulary(of: plugin, &findings)
    let some = [Presence(.busy, .inMeeting), Presence(.away), Presence(.busy, .inCall, call: .connected)]
    var previous: Presence?
    for held in some.map(plugin.held) where held != .available {
      for cause in [PresenceUpdate.Cause.change, .refresh, .repair] {
        let update = PresenceUpdate(user: user, presence: held, previous: previous, cause: cause)
        await deliver([update], to: plugin, &findings)
        previous = held
      }
    }
    // What was taken back already can be taken back again: the first answer may have been lost.
    for former in [previous, nil] {
      let clear = PresenceUpdate(user: user, presence: nil, previous: former, cause: .clear)
      await deliver([clear], to: plugin, &findings)
    }
    await deliverBeside(stranger, user, to: plugin, &findings)
    return findings.list
  }

  /// Every state there is, with every activity and a foreign one, every call, with a note and without.
  static let allPresences: [Presence] = Availability.allCases.flatMap { availability in
    ([nil] + Activity.wellKnown + ["somethingForeign"]).flatMap { activity in
      CallState.allCases.flatMap { call in
        [nil, Note(String(repeating: "é", count: 2000))].map {
          Presence(availability, activity, call: call, note: $0)
        }
      }
    }
  }

  private static func judgeVocabulary(of plugin: some PresenceSink, _ findings: inout Findings) {
    // One example of each is enough.
    let (all, held) = (allPresences, plugin.held)
    if let example = all.first(where: { held($0) != held($0) }) {
      findings.expect(false, "held(for:) is another each time, of \(example)")
    }
    if let example = all.first(where: { held(held($0)) != held($0) }) {
      findings.expect(false, "held(for:) of what it holds is not that, of \(example)")
    }
    if let example = all.first(where: { plugin.echoes(of: held($0)) != plugin.echoes(of: held($0)) }) {
      findings.expect(false, "echoes(of:) are others each time, of \(example)")
    }
  }

  private static func deliver(
    _ batch: [PresenceUpdate], to plugin: some PresenceSink, _ findings: inout Findings
  ) async {
    let what = "\(batch[0].cause.rawValue) to \(batch[0].presence.map { "\($0.availability)" } ?? "nothing")"
    do throws(PluginFailure) {
      let outcomes = try await plugin.deliver(batch)
      findings.expect(outcomes.count == 1, "\(what): \(outcomes.count) outcomes for one update")
      guard case .delivered(let lease)? = outcomes.first else {
        findings.expect(false, "\(what): not delivered: \(outcomes)")
        return
      }
      findings.expect(lease.map { $0 > .zero } ?? true, "\(what): the lease is over before it begins")
    } catch { findings.expect(false, "\(what): \(error)") }
  }

  /// A user who cannot be served must not fail the others.
  private static func deliverBeside(
    _ stranger: UserID, _ user: UserID, to plugin: some PresenceSink, _ findings: inout Findings
  ) async {
    let held = plugin.held(for: Presence(.busy))
    let updates = [stranger, user].map {
      PresenceUpdate(user: $0, presence: held, previous: nil, cause: .change)
    }
    let batches = plugin.deliveryLimits.maxBatch > 1 ? [updates] : updates.map { [$0] }
    do throws(PluginFailure) {
      var outcomes: [DeliveryOutcome] = []
      for batch in batches { outcomes += try await plugin.deliver(batch) }
      findings.expect(outcomes.count == 2, "\(outcomes.count) outcomes for two updates")
      if case .delivered? = outcomes.first { findings.expect(false, "delivered to who is unknown") }
      if case .delivered? = outcomes.last { return }
      findings.expect(false, "not delivered beside an unknown user: \(outcomes)")
    } catch { findings.expect(false, "an unknown user fails the whole delivery: \(error)") }
  }
}
