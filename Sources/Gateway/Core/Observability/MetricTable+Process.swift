// The metrics of the process itself, which no part of the gateway owns.

import PluginAPI

extension MetricTable {
  public static let process = MetricTable([
    Entry("process_resident_memory_bytes", .gauge, "Memory the process holds."),
    Entry("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970."),
    Entry(
      "presence_gateway_metrics_dropped_total", .counter, ["metric"],
      "Uses of a series that was not recorded: too many label sets, or a name with two types."),
  ])
}

extension MetricDescription {
  init(_ name: String, _ kind: Kind, _ meaning: String) { self.init(name, kind, [], meaning) }
}
