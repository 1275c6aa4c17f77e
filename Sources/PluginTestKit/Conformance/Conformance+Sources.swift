// What holds for sources, whether they are asked or report by themselves.

import PluginAPI

extension Conformance {
  /// `users` are known to the system, which answers for them; `stranger` is not.
  public static func polling(
    _ plugin: some PollingSource, users: [UserID], stranger: UserID
  ) async -> [String] {
    var findings = Findings()
    judge(plugin.pollLimits, of: "a poll", &findings)
    findings.expect(plugin.pollInterval > .zero, "the poll interval is not a time")
    let asked = Array(users.prefix(max(0, plugin.pollLimits.maxBatch - 1))) + [stranger]
    do throws(PluginFailure) {
      let events = try await plugin.poll(asked)
      findings.expect(
        Set(events.map(\.user)).count == events.count, "a poll answers twice for the same user")
      let others = Set(events.map(\.user)).subtracting(asked)
      findings.expect(others.isEmpty, "a poll answers for users who were not asked for")
      findings.expect(!events.contains { $0.user == stranger }, "a poll answers for who is unknown")
      let missing = Set(asked).subtracting(events.map(\.user)).subtracting([stranger])
      findings.expect(missing.isEmpty, "a poll says nothing of \(missing.sorted())")
    } catch { findings.expect(false, "one unknown user fails the poll of all: \(error)") }
    return findings.list
  }

  /// `emitted` are the events that the inlet of the plugin's context has taken; `meanwhile` plays the other side, once
  /// for each of the two times.
  public static func streaming(
    _ plugin: some StreamingSource, watching users: Set<UserID>, emitted: () -> [PresenceEvent],
    meanwhile: () async -> Void = {}
  ) async -> [String] {
    var findings = Findings()
    for time in ["", "started again, "] {
      let roster = ManualRoster(users)
      let hasEnded = await cancelled({ try await plugin.stream(roster) }, after: meanwhile)
      findings.expect(hasEnded, "\(time)the stream does not end when it is cancelled")
    }
    let others = Set(emitted().map(\.user)).subtracting(users)
    findings.expect(others.isEmpty, "it reports users who are not on the roster: \(others.sorted())")
    return findings.list
  }

  static func judge(_ limits: Limits, of call: String, _ findings: inout Findings) {
    findings.expect(limits.maxBatch >= 1, "no item at all is allowed: \(call)")
    findings.expect(limits.maxInFlight >= 1, "not one call is allowed: \(call)")
    if let rate = limits.rate {
      findings.expect(rate.requests >= 1 && rate.interval > .zero, "the rate of \(call) never allows one")
    }
  }
}
