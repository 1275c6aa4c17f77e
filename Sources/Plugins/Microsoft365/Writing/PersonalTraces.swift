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

  let look: PresenceLook
  let state: any PluginState

  // MARK: The state chosen by hand

  /// Before our first preferred state: what the person seems to have chosen, once.
  func keepManual(of user: UserID, previous: TeamsState.Preferred?) async {
    guard previous == nil, await state.value(Self.manual(user)) == nil, let shown = await look.at(user) else {
      return
    }
    let found = ManualState(availability: shown.availability, activity: shown.activity)
    await state.set(Array((found?.rawValue ?? "").utf8), for: Self.manual(user))
  }

  /// `ours` is nil when it is not known which one Teams holds.
  func ending(of user: UserID, ours: TeamsState.Preferred?) async -> Ending {
    let kept = await state.value(Self.manual(user)).map { String(decoding: $0, as: UTF8.self) }
    // Never set, as far as anybody knows: what is there is the person's.
    guard ours != nil || kept != nil else { return .leave }
    if let ours, let shown = await look.at(user), !shown.tellsNothing,
      shown.availability?.lowercased() != ours.word.lowercased()
    {
      return .leave
    }
    return kept.flatMap(ManualState.init(rawValue:)).map(Ending.giveBack) ?? .clear
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
