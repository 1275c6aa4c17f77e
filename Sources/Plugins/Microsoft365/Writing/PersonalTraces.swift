// What we have put in the place of a person's own state and message, so that theirs is kept and comes back. It outlives
// the gateway: a record is written before the request that it is about.

import PluginAPI

struct PersonalTraces: Sendable {
  /// What ends our preferred state.
  enum Ending: Sendable, Equatable {
    case clear
    case giveBack(ManualState)
    /// The person has chosen anew meanwhile: nothing of ours is left.
    case leave
  }

  /// Our preferred state that ends.
  struct Ours: Sendable {
    let state: TeamsState.Preferred
    /// Nil: written in an earlier life of the gateway.
    let age: Duration?
    /// Whether the person was seen to have chosen anew since.
    let isReplaced: Bool
  }
  /// Of a state that is no choice of the person's, or that nobody looked at: it says that we have set one.
  private static let nothingChosen = "set"

  let look: PresenceLook
  let state: any PluginState
  /// Whether a state chosen by hand is looked for, and given back.
  let restores: Bool
  let started: Moment
  private let endings = RecentEndings()

  init(look: PresenceLook, state: any PluginState, restores: Bool, started: Moment) {
    self.look = look
    self.state = state
    self.restores = restores
    self.started = started
  }

  // MARK: The state chosen by hand

  /// Before our first preferred state: that there is one, and what the person seems to have chosen.
  func keepManual(of user: UserID, previous: TeamsState.Preferred?, now: Moment) async {
    guard previous == nil, await state.value(Self.manual(user)) == nil else { return }
    var found: ManualState?
    if restores, let shown = await look.at(user) {
      found = ManualState(availability: shown.availability, activity: shown.activity)
      // What ended just now may still be shown.
      if let ending = await endings.of(user, now: now), found?.rawValue == ending.ours.word {
        found = ending.restored
      }
    }
    await state.set(Array((found?.rawValue ?? Self.nothingChosen).utf8), for: Self.manual(user))
  }

  /// `ours` is nil when it is not known whether Teams holds one.
  func ending(of user: UserID, ours: Ours?, now: Moment) async -> Ending {
    let kept = await state.value(Self.manual(user)).map { String(decoding: $0, as: UTF8.self) }
    // Never set, as far as anybody knows: what is there is the person's.
    guard ours != nil || kept != nil else { return .leave }
    if ours?.isReplaced == true { return .leave }
    guard restores else { return .clear }
    if let ours, ours.age ?? (now - started) >= EffectWatch.lag, let shown = await look.at(user),
      !shown.tellsNothing, shown.availability?.lowercased() != ours.state.word.lowercased()
    {
      return .leave
    }
    let manual = kept.flatMap(ManualState.init)
    if let ours { await endings.note(.init(ours: ours.state, restored: manual, at: now), of: user) }
    return manual.map(Ending.giveBack) ?? .clear
  }

  /// Our preferred state has ended.
  func forgetManual(of user: UserID) async { await state.set(nil, for: Self.manual(user)) }

  // MARK: The status message

  /// Whether our message may be shown: not in the place of one of the person's own.
  func maySet(_ note: Note, for user: UserID) async -> Bool {
    if let message = await look.at(user)?.message, await !isOurs(message, of: user) { return false }
    await state.set(Array(note.text.utf8), for: Self.note(user))
    return true
  }

  /// Whether the message there is ours.
  func mayClear(for user: UserID) async -> Bool {
    guard await state.value(Self.note(user)) != nil, let message = await look.at(user)?.message else {
      return false
    }
    return await isOurs(message, of: user)
  }

  func forgetNote(of user: UserID) async { await state.set(nil, for: Self.note(user)) }

  private func isOurs(_ message: String, of user: UserID) async -> Bool {
    await state.value(Self.note(user)).map { String(decoding: $0, as: UTF8.self).trimmed == message } ?? false
  }

  private static func manual(_ user: UserID) -> String { "manual/\(user)" }
  private static func note(_ user: UserID) -> String { "note/\(user)" }
}

/// What has ended so lately that Microsoft may still show it.
actor RecentEndings {
  struct Ending: Sendable {
    let ours: TeamsState.Preferred
    /// What the person got back.
    let restored: ManualState?
    let at: Moment
  }
  private var endings: [UserID: Ending] = [:]
  private var tidiedAt: Moment?

  func note(_ ending: Ending, of user: UserID) {
    // Not each time: when work begins or ends, thousands end at once.
    if tidiedAt.map({ ending.at - $0 >= EffectWatch.lag }) ?? true {
      endings = endings.filter { ending.at - $0.value.at < EffectWatch.lag }
      tidiedAt = ending.at
    }
    endings[user] = ending
  }
  func of(_ user: UserID, now: Moment) -> Ending? {
    endings[user].flatMap { now - $0.at < EffectWatch.lag ? $0 : nil }
  }
}
