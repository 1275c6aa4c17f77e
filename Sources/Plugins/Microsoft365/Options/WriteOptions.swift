// How Teams is written.

import PluginAPI

struct WriteOptions: Sendable {
  /// What carries states that are no call.
  enum States: String, CaseIterable, Sendable {
    /// As if the person had chosen the state in Teams.
    case preferred
    /// As one more session of the person: whatever they choose themselves wins.
    case session
  }

  /// What shows that a person is available.
  enum Available: String, CaseIterable, Sendable {
    /// Their Teams client alone.
    case client
    /// A session of ours too, so that whoever can be called is seen although their Teams is closed.
    case session
  }
  enum StatusMessage: String, CaseIterable, Sendable { case off, note }

  let clientID: String
  /// Nil only where the configuration is wrong.
  let client: ClientCredential?
  let callLease: Duration
  let states: States
  let available: Available
  let statusMessage: StatusMessage
  /// Whether a state chosen by hand, that ours replaces, comes back when ours ends.
  let restoreManual: Bool
  let maxConcurrent: Int

  var manner: TeamsState.Manner {
    .init(states: states, showsAvailable: available == .session, writesNotes: statusMessage == .note)
  }

  init(config: ConfigSection) {
    clientID = config.string("client_id", "Application id of the registration that writes")
    client = ClientCredential(config: config, whose: "that writes", required: true)
    callLease = config.duration(
      "call_lease", default: .seconds(600), in: .seconds(300) ... .seconds(14400),
      "How long Teams shows a call if the gateway dies; refreshed in time while it lasts")
    states = config.choice(
      "states", default: States.preferred,
      "What carries busy, do not disturb and away: the person's preferred state, or a session beside theirs")
    available = config.choice(
      "available", default: Available.client,
      "What shows that somebody is available: their Teams client alone, or a session beside it, repeated every few minutes"
    )
    statusMessage = config.choice(
      "status_message", default: StatusMessage.off,
      "Whether a note becomes the person's status message; a message of their own always stays")
    restoreManual = config.bool(
      "restore_manual", default: false,
      "Whether a state that the person chose in Teams comes back when ours, which replaced it, ends")
    maxConcurrent = config.int("max_concurrent", default: 8, in: 1...64, "Writes under way at once")
  }
}
