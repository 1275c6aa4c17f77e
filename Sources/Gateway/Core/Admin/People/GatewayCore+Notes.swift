// What became of an update is noted for the people table, and told as an event.

import PluginAPI

extension GatewayCore {
  func noteDelivered(_ user: UserID, route: Int, latency: Duration) {
    let (from, sink) = (engine.setup.routes[route].from, engine.setup.routes[route].to)
    series[route].record(now: clock.now)
    notes.delivered(user, in: sink, latency: latency, at: clock.date)
    let held = engine.tables[sink].slot(of: user).flatMap { engine.outboxes[sink]?.entries[$0].delivered }
    events.append(
      .decision, .info, held.map(PresenceWords.text) ?? "nothing of ours any more",
      detail: "because of \(engine.setup.plugins[from].id), in \(PresenceWords.milliseconds(latency))",
      plugin: engine.setup.plugins[sink].id, user: user,
      name: engine.directories[sink][user]?.displayName)
  }

  func noteOutcome(_ outcome: Engine.Outcome, of user: UserID, in sink: Int) {
    notes.outcome(outcome, of: user, in: sink)
    let (level, message, detail): (EventLog.Level, String, String?)
    switch outcome {
    case .accepted: return
    case .expired: (level, message, detail) = (.warning, "the lease ran out", nil)
    case .postponed(let reason): (level, message, detail) = (.warning, "not yet accepted", reason)
    case .rejected(let reason): (level, message, detail) = (.error, "not accepted", reason)
    }
    events.append(
      .delivery, level, message, detail: detail, plugin: engine.setup.plugins[sink].id, user: user,
      name: engine.directories[sink][user]?.displayName)
  }
}
