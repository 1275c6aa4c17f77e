// What the system may show because of us: by this the engine tells echoes from news.

import PluginAPI

extension Outbox {
  /// Of doubtful and of faded values, for each user; the oldest gives way.
  private static let mostRemembered = 8

  /// Why the system may show something because of us.
  enum Reason: Sendable, Equatable {
    /// It holds it, or it is on its way, or it may have arrived.
    case holds
    /// It held it until a moment ago, and has shown nothing else since.
    case held
    /// It held it until a moment ago, but has shown something else since: a late report, or the person's own doing.
    case heldBeforeOthers
  }

  /// Why the system may show, because of us, what `fits`; nil when it is none of ours. `asked` is when the system
  /// was looked at, as far as that is known.
  func reason(_ slot: Int, asked: Moment, where fits: (Presence) -> Bool) -> Reason? {
    guard slot < entries.count else { return nil }
    if let delivered = entries[slot].delivered, fits(delivered) { return .holds }
    if case .inFlight(let sent?) = entries[slot].phase, fits(sent) { return .holds }
    if entries[slot].doubtful.contains(where: fits) { return .holds }
    let faded = entries[slot].faded.first { asked < $0.until && fits($0.presence) }
    return faded.map { $0.isOver ? .heldBeforeOthers : .held }
  }

  /// Whether something of ours was taken away a short while ago, that may have hidden a state of the system's
  /// own.
  func hasFaded(_ slot: Int, now: Moment) -> Bool {
    slot < entries.count && entries[slot].faded.contains { now < $0.until }
  }

  /// The system shows something that is not ours.
  mutating func sawOthers(_ slot: Int) {
    guard slot < entries.count else { return }
    for index in entries[slot].faded.indices { entries[slot].faded[index].isOver = true }
  }

  /// What the store should know about a user before and after an update.
  func remembered(_ slot: Int, now: Moment) -> Remembered {
    let isUnderWay = if case .inFlight = entries[slot].phase { true } else { false }
    guard entries[slot].uncertain || isUnderWay else {
      return .held(entries[slot].delivered, lease: entries[slot].leaseEnd.map { $0 - now })
    }
    var candidates = entries[slot].doubtful
    if let delivered = entries[slot].delivered { candidates.append(delivered) }
    if case .inFlight(let sent?) = entries[slot].phase, sent != entries[slot].delivered {
      candidates.append(sent)
    }
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
