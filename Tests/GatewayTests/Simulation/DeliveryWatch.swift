// Looks at everything that the simulated gateway sends: never two for one user, never too much, never in a
// pause.

import PluginAPI

@testable import Gateway

struct DeliveryWatch {
  private var limits: [Limits]
  private var underWay: [[UserID]] = [[], []]
  private var calls = [0, 0]
  private var sent: [[Moment]] = [[], []]
  private var pausedUntil: [Moment?] = [nil, nil]
  private(set) var changes = 0
  private(set) var repairs = 0
  private(set) var failures = 0
  var writesButRefreshes: Int { changes + repairs }

  init(limits: [Limits]) { self.limits = limits }

  /// What went out by the former rate is no breach of this one.
  mutating func limit(to limits: [Limits]) {
    self.limits = limits
    sent = [[], []]
  }
  mutating func restart() {
    underWay = [[], []]
    calls = [0, 0]
    sent = [[], []]
    pausedUntil = [nil, nil]
  }
  mutating func patienceIsOver(_ sink: Int) { pausedUntil[sink] = nil }

  mutating func began(_ updates: [PresenceUpdate], to sink: Int, at now: Moment) -> [String] {
    var problems: [String] = []
    calls[sink] += 1
    if calls[sink] > limits[sink].maxInFlight { problems.append("\(calls[sink]) calls under way") }
    if updates.count > limits[sink].maxBatch { problems.append("a batch of \(updates.count)") }
    if let until = pausedUntil[sink], now < until { problems.append("\(sink) was asked during its pause") }
    for update in updates {
      if underWay[sink].contains(update.user) { problems.append("two under way for \(update.user)") }
      underWay[sink].append(update.user)
      sent[sink].append(now)
      switch update.cause {
      case .change, .clear:
        changes += 1
        if update.presence == update.previous { problems.append("\(update.user) was sent what it held") }
      case .repair: repairs += 1
      case .refresh: break
      }
    }
    if let rate = limits[sink].rate {
      sent[sink].removeAll { now - $0 >= rate.interval }
      if sent[sink].count > rate.requests { problems.append("\(sent[sink].count) within \(rate.interval)") }
    }
    return problems
  }

  mutating func ended(
    _ updates: [PresenceUpdate], at sink: Int, _ result: Result<[DeliveryOutcome], PluginFailure>, now: Moment
  ) {
    calls[sink] -= 1
    underWay[sink].removeAll { user in updates.contains { $0.user == user } }
    switch result {
    case .failure(let failure):
      failures += updates.count
      if case .retry(let after?) = failure.remedy {
        pausedUntil[sink] = max(pausedUntil[sink] ?? now, now + after)
      }
    case .success(let outcomes):
      failures += outcomes.count { if case .delivered = $0 { false } else { true } }
    }
  }
}
