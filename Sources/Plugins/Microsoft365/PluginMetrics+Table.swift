// What the connector's metrics mean: HELP of `/metrics`, and the table of the README.

import PluginAPI

extension Microsoft365Plugin {
  public static let metrics = [
    described(
      "notifications_total", .counter, ["result"],
      "Notifications: `accepted`, `validation`, `lifecycle`, `users`; dropped: `unknown_subscription`, "
        + "`wrong_client_state`, `wrong_token`, `undecryptable`; refused: `garbage`, `overload`."),
    described(
      "graph_requests_total", .counter, ["call", "status"],
      "Requests to Graph by call (\(GraphCall.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))) and "
        + "status: `2xx`, `4xx`, `429`, `5xx`, `none`."),
    described(
      "token_failures_total", .counter, ["sign_in"], "Sign-ins that failed: `reading`, `writing`."),
    described(
      "credential_expires_timestamp_seconds", .gauge, ["sign_in"],
      "When the certificate or client secret of `reading` or `writing` ends, in seconds since 1970; only where known."
    ),
    described(
      "token_expires_timestamp_seconds", .gauge, ["sign_in"],
      "When the first of the tokens of `reading` or `writing` ends, in seconds since 1970: renewed before, unless the sign-in fails."
    ),
    described("throttle_pauses_total", .counter, [], "How often Microsoft asked an application to wait."),
    described(
      "request_share", .gauge, [],
      "Share of the request rate in use, 1 unless Microsoft asked for a pause lately; of several applications the least."
    ),
    described("subscriptions", .gauge, [], "Living presence subscriptions."),
    described(
      "subscription_expires_timestamp_seconds", .gauge, [],
      "When the first of the presence subscriptions ends, in seconds since 1970: renewed before, unless that fails."
    ),
    described(
      "silent_subscriptions_total", .counter, [],
      "Subscriptions made anew because a poll saw a change that no notification told."),
    described("uncovered_people", .gauge, [], "People on the routes whom no subscription covers."),
  ]

  private static func described(
    _ name: String, _ kind: MetricDescription.Kind, _ labels: [String], _ meaning: String
  ) -> MetricDescription {
    MetricDescription("presence_gateway_microsoft365_\(name)", kind, ["plugin"] + labels, meaning)
  }
}
