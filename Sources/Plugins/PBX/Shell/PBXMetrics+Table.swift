// What the connector's metrics mean: HELP of `/metrics`, and the table of the README.

import PluginAPI

extension PBXPlugin {
  public static let metrics = [
    described("connections", .gauge, [], "PBXs connected."),
    described("users", .gauge, [], "Users known."),
    described(
      "subscriptions", .gauge, ["state"], "Presence subscriptions: `up`, `pending`, `unseen`, `refused`."),
    described("alien_calls", .gauge, [], "Calls shown as *on-the-phone* right now."),
    described("messages_total", .counter, ["direction"], "Messages `received` and `sent`."),
    described("events_total", .counter, [], "Presence changes read."),
    described(
      "logins_total", .counter, ["result"],
      "Logins: `accepted`, `visitor` (a user at the App's page), or why refused: `wrong_digest`, "
        + "`other_domain`, `again`, `no_challenge`, `no_password`, `too_late`, `too_many`, `too_often`, `garbage`; of the gateway's own: `cannot_dial`, `refused_us`."
    ),
    described(
      "writes_total", .counter, ["request", "result"],
      "Writes: `setPresence`, `createAPI`, `addAlienCall`, `delAlienCall`; `ok`, `refused` or `timeout`."),
    described(
      "ignored_messages_total", .counter, ["kind"],
      "Messages of no use, by kind (at most 32, then `other`)."),
  ]

  private static func described(
    _ name: String, _ kind: MetricDescription.Kind, _ labels: [String], _ meaning: String
  ) -> MetricDescription {
    MetricDescription("presence_gateway_pbx_\(name)", kind, ["plugin"] + labels, meaning)
  }
}
