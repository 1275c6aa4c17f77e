// Whether what we asked for is what Teams shows: a state chosen by hand wins there, and Graph does not say so. Pure.

import PluginAPI

struct EffectWatch: Sendable {
  /// What came of a look.
  enum Verdict: Sendable, Equatable {
    /// It shows, after it had not.
    case effective
    case hidden(behind: Presence)
  }
  /// A report from before that may be about the time before the write.
  static let settling = Duration.seconds(5)
  /// Microsoft may still show the state before for so long.
  static let lag = Duration.seconds(60)
  /// Who has not been reported by then is asked about: where ours changed nothing, nothing is pushed.
  static let patience = Duration.seconds(15)

  private struct Entry {
    var state: TeamsState
    var since: Moment
    var isSeen = false
    var hidden: Presence?
    /// When it was last seen to be hidden.
    var hiddenAt: Moment?
  }
  private var entries: [UserID: Entry] = [:]

  /// Teams accepted this. True when an earlier verdict no longer stands.
  mutating func wrote(_ state: TeamsState, of user: UserID, now: Moment) -> Bool {
    let before = entries[user]
    if state.preferred == nil, state.session == nil {
      entries[user] = nil
      return before?.hidden != nil
    }
    if before?.state != state {
      entries[user] = Entry(state: state, since: now, hidden: before?.hidden, hiddenAt: before?.hiddenAt)
    }
    return false
  }

  /// Teams was seen to show this; `asked` is when.
  mutating func saw(_ shown: Presence, of user: UserID, asked: Moment) -> Verdict? {
    guard let entry = entries[user] else { return nil }
    if entry.state.isVisible(in: shown) {
      guard asked >= entry.since || entry.hidden == nil else { return nil }
      entries[user]?.isSeen = true
      entries[user]?.hidden = nil
      return entry.hidden == nil ? nil : .effective
    }
    guard shown.availability != .unknown, asked >= entry.since + Self.settling else { return nil }
    entries[user]?.isSeen = true
    entries[user]?.hiddenAt = asked
    guard entry.hidden != shown else { return nil }
    entries[user]?.hidden = shown
    return .hidden(behind: shown)
  }

  /// Whom nothing has been heard of since the write, each once.
  mutating func unseen(now: Moment) -> [UserID] {
    let due = entries.filter { !$0.value.isSeen && $0.value.since + Self.patience <= now }.map(\.key)
    for user in due { entries[user]?.isSeen = true }
    return due.sorted()
  }

  func state(of user: UserID) -> TeamsState? { entries[user]?.state }

  /// Whether the person has chosen another state since Teams last took `ours`: nothing else hides a preferred state
  /// from a Teams that is open.
  func isReplaced(_ ours: TeamsState.Preferred, of user: UserID, writtenAt: Moment) -> Bool {
    guard let entry = entries[user], entry.state.preferred == ours, let shown = entry.hidden,
      let seen = entry.hiddenAt, seen - writtenAt >= Self.lag
    else { return false }
    return shown.availability != .offline || shown.activity == .offWork
  }
}

extension TeamsState {
  /// Whether Teams, showing this, shows ours. What is stronger of itself (a meeting, a presentation) hides nothing
  /// that matters: the person is seen to be at least as busy.
  func isVisible(in shown: Presence) -> Bool {
    if let preferred {
      let expected = preferred.reported
      return shown.availability == expected.availability && shown.activity == expected.activity
    }
    return switch session {
    case .inCall:
      shown.availability == .busy || (shown.availability == .doNotDisturb && shown.activity != nil)
    case .presenting: shown.availability == .doNotDisturb
    case .away: shown.availability == .away
    case .available, nil: true
    }
  }

  /// What we asked for, in Teams' words.
  var words: String {
    preferred?.word ?? session.map { "\($0.words.availability)/\($0.words.activity)" } ?? ""
  }

  /// What an administrator should know about a person for whom Teams shows `shown` instead.
  func problem(behind shown: Presence) -> UserProblem {
    let activity = shown.activity.map { " (\($0.rawValue))" } ?? ""
    let reason = "Teams shows \(shown.availability.rawValue)\(activity) instead of \(words)"
    let isClosed = shown.availability == .offline && shown.activity == nil
    return UserProblem(
      reason: reason,
      remedy: isClosed
        ? "nothing to fix: Teams is closed there, and shows nothing until a client is open"
        : "nothing to fix: what the person chooses in Teams wins; ours shows once they reset their status")
  }
}
