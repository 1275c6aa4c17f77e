// A PBX that hangs must not take the places of those that answer: all of them share what the core keeps in flight.

import PluginAPI

/// Whether one PBX answers what it is told to write: a result of any write says that it does, and of the probe.
struct AnswerWatch: Sendable {
  enum Action: Sendable, Hashable {
    /// Ask something that every PBX answers.
    case probe
    case dead
  }
  /// How long so many orders may be unanswered before no more are sent.
  static let patience = Duration.seconds(2)
  static let tolerated = 8
  /// When an order that is not sent may be tried again.
  static let pause = Duration.seconds(5)

  let answerTimeout: Duration
  /// Without PbxApi nothing is there that would surely be answered, and end a stall.
  var canProbe = true
  /// No more orders are sent until a write or the probe is answered.
  private(set) var isStalled = false
  private var waitingSince: Moment?
  private var probedAt: Moment?
  private var timeouts = 0

  init(answerTimeout: Duration) { self.answerTimeout = answerTimeout }

  mutating func asked(_ now: Moment) { waitingSince = waitingSince ?? now }

  /// - Parameter waiting: whether other orders are still unanswered.
  mutating func answered(_ now: Moment, waiting: Bool) {
    (isStalled, timeouts, probedAt) = (false, 0, nil)
    waitingSince = waiting ? now : nil
  }

  mutating func timedOut() {
    timeouts += 1
    if canProbe, timeouts >= 2 { isStalled = true }
  }

  /// - Parameter late: how many orders have been unanswered for longer than `patience`.
  mutating func tick(_ now: Moment, late: Int) -> Action? {
    guard canProbe else { return nil }
    if late >= Self.tolerated { isStalled = true }
    guard let waitingSince else { return nil }
    guard let probedAt else {
      guard now - waitingSince >= answerTimeout else { return nil }
      probedAt = now
      return .probe
    }
    return now - probedAt >= answerTimeout ? .dead : nil
  }
}
