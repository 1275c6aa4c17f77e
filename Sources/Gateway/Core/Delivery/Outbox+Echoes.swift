// What the system may show because of us: by this the engine tells echoes from news.

import PluginAPI

extension Outbox {
  /// Of doubtful and of faded values, for each user; the oldest gives way.
  private static let mostRemembered = 8

  /// Whether the system may show, because of us, what `fits`: what it holds, what is on its way or may have arrived,
  /// and for a while what it held before. `asked` is when the system was looked at, as far as that is known.
  func mayShow(_ slot: Int, asked: Moment, where fits: (Presence) -> Bool) -> Bool {
    guard slot < entries.count else { return false }
    if let delivered = entries[slot].delivered, fits(delivered) { return true }
    if case .inFlight(let sent?) = entries[slot].phase, fits(sent) { return true }
    return entries[slot].doubtful.contains(where: fits)
      || entries[slot].faded.contains { asked < $0.until && fits($0.presence) }
  }

  /// Whether something of ours was taken away a short while ago, that may have hidden a state of the system's own.
  func hasFaded(_ slot: Int, now: Moment) -> Bool {
    slot < entries.count && entries[slot].faded.contains { now < $0.until }
  }

  /// What the store should know about a user before and after an update.
  func remembered(_ slot: Int, now: Moment) -> Remembered {
    let entry = entries[slot]
    let isUnderWay = if case .inFlight = entry.phase { true } else { false }
    guard entry.uncertain || isUnderWay else {
      return .held(entry.delivered, lease: entry.leaseEnd.map { $0 - now })
    }
    var candidates = entry.doubtful
    if let delivered = entry.delivered { candidates.append(delivered) }
    if case .inFlight(let sent?) = entry.phase, sent != entry.delivered { candidates.append(sent) }
    return .doubtful(candidates)
  }

  mutating func doubt(_ sent: Presence?, _ slot: Int) {
    guard let sent, !entries[slot].doubtful.contains(sent) else { return }
    entries[slot].doubtful.append(sent)
    if entries[slot].doubtful.count > Self.mostRemembered { entries[slot].doubtful.removeFirst() }
  }

  mutating func fade(_ former: Presence, _ slot: Int, now: Moment) {
    entries[slot].faded.removeAll { $0.until <= now || $0.presence == former }
    entries[slot].faded.append(Faded(presence: former, until: now + linger))
    if entries[slot].faded.count > Self.mostRemembered { entries[slot].faded.removeFirst() }
  }
}
