// What became of an update is noted for the people table, and told as an event.

import Logging
import PluginAPI

extension GatewayCore {
  func noteDelivered(_ user: UserID, route: Int, latency: Duration) {
    let (from, sink) = (engine.setup.routes[route].from, engine.setup.routes[route].to)
    series[route].record(now: clock.now)
    notes.delivered(user, in: sink, latency: latency, at: clock.date)
    let held = engine.tables[sink].slot(of: user).flatMap { engine.outboxes[sink]?.entries[$0].delivered }
    let text = held.map(PresenceWords.text) ?? "nothing of ours any more"
    log(
      "delivered", user, in: sink,
      [
        "presence": "\(text)", "cause": "\(engine.setup.plugins[from].id)",
        "latency_ms": "\(latency.nanoseconds / 1_000_000)",
      ])
    events.append(
      .decision, .info, shadow == nil ? text : "would show \(text)",
      detail: "because of \(engine.setup.plugins[from].id), in \(PresenceWords.milliseconds(latency))",
      plugin: engine.setup.plugins[sink].id, user: user,
      name: engine.directories[sink][user]?.displayName)
  }

  func noteOutcome(_ outcome: Engine.Outcome, of user: UserID, in sink: Int) {
    notes.outcome(outcome, of: user, in: sink)
    let (level, message, detail): (EventLog.Level, StaticString, String?)
    switch outcome {
    case .accepted: return
    case .expired: (level, message, detail) = (.warning, "the lease ran out", nil)
    case .postponed(let reason): (level, message, detail) = (.warning, "not yet accepted", reason)
    case .rejected(let reason): (level, message, detail) = (.error, "not accepted", reason)
    }
    // A refusal is a warning of its own.
    if level != .error { log(message, user, in: sink, detail.map { ["reason": "\($0)"] } ?? [:]) }
    events.append(
      .delivery, level, "\(message)", detail: detail, plugin: engine.setup.plugins[sink].id, user: user,
      name: engine.directories[sink][user]?.displayName)
  }

  /// One line for each change of a person: for who looks closely, and nobody else.
  private func log(
    _ what: StaticString, _ user: UserID, in sink: Int, _ facts: @autoclosure () -> Logger.Metadata
  ) {
    logger.debug(
      "\(what)",
      metadata: facts().merging(["sink": "\(engine.setup.plugins[sink].id)", "user": "\(user)"]) { $1 })
  }
}
