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

  let clientID: String
  /// Nil only where the configuration is wrong.
  let client: ClientCredential?
  let callLease: Duration
  let requestsPer30Seconds: Int
  let states: States
  let maxConcurrent: Int

  init(config: ConfigSection) {
    clientID = config.string("client_id", "Application id of the registration that writes")
    client = ClientCredential(config: config, whose: "that writes", required: true)
    callLease = config.duration(
      "call_lease", default: .seconds(600), in: .seconds(300) ... .seconds(14400),
      "How long Teams shows a call if the gateway dies; refreshed in time while it lasts")
    requestsPer30Seconds = config.int(
      "requests_per_30s", default: 1500, in: 1...100_000, "At most so many writes in 30 seconds")
    states = config.choice(
      "states", default: States.preferred,
      "What carries busy, do not disturb and away: the person's preferred state, or a session beside theirs")
    maxConcurrent = config.int("max_concurrent", default: 8, in: 1...64, "Writes under way at once")
  }
}
