// Between writing and reading: what Teams reports is compared with what we made it hold, and our own message is not taken
// for the person's.

import PluginAPI

actor WriteWatch {
  static let topic = "effective"
  static let interval = Duration.seconds(5)

  private let context: PluginContext
  private var watch = EffectWatch()
  /// Bounded by the people for whom we hold a message.
  private var notes: [UserID: String] = [:]

  init(context: PluginContext) { self.context = context }

  func wrote(_ state: TeamsState, of user: UserID, now: Moment) {
    notes[user] = state.note?.text
    if watch.wrote(state, of: user, now: now) { context.users.report(nil, topic: Self.topic, of: user) }
  }

  func isReplaced(_ ours: TeamsState.Preferred, of user: UserID, writtenAt: Moment) -> Bool {
    watch.isReplaced(ours, of: user, writtenAt: writtenAt)
  }

  /// Takes note of what was reported at `asked`; returns it without what is ours.
  func saw(_ events: [PresenceEvent], asked: Moment) -> [PresenceEvent] {
    events.map { event in
      switch watch.saw(event.presence, of: event.user, asked: asked) {
      case .effective: context.users.report(nil, topic: Self.topic, of: event.user)
      case .hidden(let shown):
        let problem = watch.state(of: event.user)?.problem(behind: shown)
        context.users.report(problem, topic: Self.topic, of: event.user)
      case nil: break
      }
      guard let ours = notes[event.user], event.presence.note?.text.trimmed == ours else { return event }
      var presence = event.presence
      presence.note = nil
      return PresenceEvent(user: event.user, presence: presence, receivedAt: event.receivedAt)
    }
  }

  /// Asks about those of whom nothing was heard, until cancelled.
  func run() async {
    while (try? await context.clock.sleep(for: Self.interval)) != nil {
      let users = watch.unseen(now: context.clock.now)
      if !users.isEmpty { context.inlet.requestPoll(users) }
    }
  }
}
