// What holds for every connector before it does anything: its name, its options, its metrics.

import PluginAPI

extension Conformance {
  /// `config` is one with which the plugin works. It is made without it, too: options are listed that way.
  public static func plugin<P: Plugin>(_ type: P.Type, config: ConfigValue) async -> [String] {
    var findings = Findings()
    findings.expect(
      !P.type.isEmpty && P.type.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") },
      "the type \(P.type) is not made of small letters, digits and hyphens")
    findings.expect(
      !P.summary.isEmpty && !P.summary.contains("\n") && P.summary.count <= 100,
      "the summary is not one line of up to 100 letters")
    judge(P.metrics, of: P.type, &findings)

    let (works, empty) = (TestConfig(config), TestConfig([:]))
    let kits = (RecordingContext(), RecordingContext())
    _ = P(config: works.section, context: kits.0.context(id: "one"))
    _ = P(config: empty.section, context: kits.1.context(id: "one"))
    findings.expect(works.errors.isEmpty, "refuses its own options: \(works.errors)")
    for option in works.options {
      findings.expect(!option.meaning.isEmpty, "the option \(option.key) says nothing about itself")
    }
    let sometimes = Set(works.options.map(\.key)).symmetricDifference(empty.options.map(\.key))
    findings.expect(
      sometimes.isEmpty, "options are not read unconditionally: \(sometimes.sorted().joined(separator: ", "))"
    )
    for kit in [kits.0, kits.1] {
      findings.expect(
        kit.inlet.requestedPolls.isEmpty && kit.inlet.events.isEmpty && kit.signals.losses.isEmpty
          && kit.health.checks.isEmpty, "init tells or asks the core something; that is for run")
      // What it has begun may take a moment to show.
      for _ in 0..<100 { await Task.yield() }
      let sent = (kit.http as? ScriptedHTTPClient)?.requests.count ?? 0
      findings.expect(
        sent == 0 && kit.dialer.dialled.isEmpty && kit.state.values.isEmpty && kit.state.secrets.isEmpty
          && kit.clock.sleeperCount == 0, "init begins something; it must do no I/O")
    }
    return findings.list
  }

  private static func judge(_ metrics: [MetricDescription], of type: String, _ findings: inout Findings) {
    let prefix = "presence_gateway_\(type.replacing("-", with: "_"))_"
    var names: Set<String> = []
    for metric in metrics {
      let name = metric.name
      findings.expect(names.insert(name).inserted, "two metrics are called \(name)")
      findings.expect(
        name.hasPrefix(prefix)
          && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") },
        "the metric \(name) is not \(prefix)… in small letters, digits and underscores")
      findings.expect(
        (metric.kind == .counter) == name.hasSuffix("_total"),
        "the metric \(name): counters end in _total, and nothing else does")
      findings.expect(metric.meaning.hasSuffix("."), "the metric \(name) has no sentence about its meaning")
      findings.expect(
        Set(metric.labels).count == metric.labels.count && metric.labels.contains("plugin"),
        "the metric \(name): its labels are each there once, and `plugin` is one")
    }
  }
}
