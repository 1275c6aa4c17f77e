// The metrics of the core, one line each: what `/metrics` says in HELP and what the documents show.

import PluginAPI

extension MetricTable {
  public static let core = MetricTable([
    Entry("presence_gateway_ready", .gauge, "1 while `/readyz` says ready, else 0."),
    Entry(
      "presence_gateway_checks", .gauge, ["plugin", "state"], "Check marks: `ok`, `pending`, `failing`."),
    Entry("presence_gateway_people", .gauge, ["state"], "People (matched) and users left out, by standing."),
    Entry("presence_gateway_events_total", .counter, ["plugin"], "Presence events taken from a source."),
    Entry(
      "presence_gateway_echoes_total", .counter, ["plugin"], "Events that only showed what we had set there."),
    Entry(
      "presence_gateway_poll_changes_total", .counter, ["plugin"],
      "States that a poll found other than known: where changes are pushed, what the push has missed."),
    Entry(
      "presence_gateway_latency_seconds", .histogram, ["from", "to"],
      "From the event's arrival to the sink's acceptance."),
    Entry(
      "presence_gateway_deliveries_total", .counter, ["sink", "outcome"],
      "Updates by what became of them: `accepted`, `postponed`, `rejected`, `expired`; `shadow`: not written, by `run --shadow`."
    ),
    Entry("presence_gateway_outbox_depth", .gauge, ["sink"], "Users whose wanted and held values differ."),
    Entry("presence_gateway_outbox_oldest_seconds", .gauge, ["sink"], "Age of the longest waiting change."),
    Entry(
      "presence_gateway_plugin_restarts_total", .counter, ["plugin"],
      "Plugins that ended and were started again."),
    Entry(
      "presence_gateway_state_waiting", .gauge,
      "What the state file could not take yet: 0 while it can be written."),
  ])

  /// Everything that the gateway itself counts.
  public static let gateway: MetricTable = core + .web + .httpClient + .process
  /// And everything that these connectors count.
  public static func gateway(with types: [any Plugin.Type]) -> MetricTable {
    gateway + MetricTable(types.flatMap { $0.metrics })
  }
}
