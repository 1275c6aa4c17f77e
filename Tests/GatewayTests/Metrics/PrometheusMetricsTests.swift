// The text that a Prometheus server reads, and the bounds that keep a careless label from filling memory.

import CoreMetrics
import Testing

@testable import Gateway

private let table = MetricTable([
  .init("x_total", .counter, ["route"], "Counted things."),
  .init("depth", .gauge, "How deep."),
  .init("latency_seconds", .histogram, "How long | how \"far\"\nand \\ more."),
])

@Suite struct PrometheusMetricsTests {
  private let metrics = PrometheusMetrics(table: table, maxSeries: 3, maxNames: 5)
  /// Without the process's own metrics, which differ from run to run.
  private func rendered() -> String {
    metrics.render().split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("process_") }.joined(separator: "\n")
  }

  @Test func countersGaugesAndTheirText() {
    Counter(label: "x_total", dimensions: [("route", "b"), ("status", "2xx")], factory: metrics).increment(
      by: 3)
    Counter(label: "x_total", dimensions: [("status", "2xx"), ("route", "b")], factory: metrics).increment()
    FloatingPointCounter(label: "x_total", dimensions: [("route", "a")], factory: metrics).increment(by: 0.5)
    Gauge(label: "depth", factory: metrics).record(-2.5)
    #expect(
      rendered() == """
        # HELP depth How deep.
        # TYPE depth gauge
        depth -2.5
        # HELP x_total Counted things.
        # TYPE x_total counter
        x_total{route="a"} 0.5
        x_total{route="b",status="2xx"} 4

        """)
  }

  @Test func gaugesOfAPluginThatIsGoneAreDropped() {
    for id in ["pbx", "pbx2"] {
      Gauge(label: "depth", dimensions: [("sink", id)], factory: metrics).record(1)
      Counter(label: "x_total", dimensions: [("plugin", id)], factory: metrics).increment()
    }
    Gauge(label: "marks", dimensions: [("state", "ok"), ("plugin", "pbx")], factory: metrics).record(1)
    metrics.forgetGauges(of: "pbx")
    let lines = rendered().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines == [#"depth{sink="pbx2"} 1"#, #"x_total{plugin="pbx"} 1"#, #"x_total{plugin="pbx2"} 1"#])
    // It may come back.
    Gauge(label: "depth", dimensions: [("sink", "pbx")], factory: metrics).record(2)
    #expect(rendered().contains(#"depth{sink="pbx"} 2"#))
  }

  @Test func aTimerIsAHistogramInSeconds() {
    let timer = CoreMetrics.Timer(label: "latency_seconds", dimensions: [("to", "pbx")], factory: metrics)
    timer.recordMilliseconds(1)
    timer.recordMilliseconds(70)
    timer.recordSeconds(100)
    let lines = rendered().split(separator: "\n")
    #expect(lines[0] == #"# HELP latency_seconds How long | how "far"\nand \\ more."#)
    #expect(lines[1] == "# TYPE latency_seconds histogram")
    #expect(lines.contains(#"latency_seconds_bucket{to="pbx",le="0.0005"} 0"#))
    #expect(lines.contains(#"latency_seconds_bucket{to="pbx",le="0.001"} 1"#))
    #expect(lines.contains(#"latency_seconds_bucket{to="pbx",le="0.1"} 2"#))
    #expect(lines.contains(#"latency_seconds_bucket{to="pbx",le="60"} 2"#))
    #expect(lines.contains(#"latency_seconds_bucket{to="pbx",le="+Inf"} 3"#))
    #expect(lines.contains(#"latency_seconds_sum{to="pbx"} 100.071"#))
    #expect(lines.contains(#"latency_seconds_count{to="pbx"} 3"#))
  }

  @Test func namesAndValuesAreMadeSafe() {
    Counter(label: "1 odd-name", dimensions: [("la-bel", "a\"b\\c\nd")], factory: metrics).increment()
    #expect(rendered().contains(#"_1_odd_name{la_bel="a\"b\\c\nd"} 1"#))
  }

  @Test func tooManyLabelSetsCountNothingButAreCounted() {
    for person in 0..<10 {
      Counter(label: "x_total", dimensions: [("person", "\(person)")], factory: metrics).increment()
    }
    let text = rendered()
    #expect(text.split(separator: "\n").count { $0.hasPrefix("x_total{") } == 3)
    #expect(text.contains(#"presence_gateway_metrics_dropped_total{metric="x_total"} 7"#))
  }

  @Test func tooManyNamesAreDroppedTogether() {
    for name in 0..<8 { Counter(label: "name_\(name)_total", factory: metrics).increment() }
    #expect(rendered().contains(#"presence_gateway_metrics_dropped_total{metric="other"} 3"#))
  }

  @Test func oneNameHasOneType() {
    Counter(label: "x_total", factory: metrics).increment()
    Gauge(label: "x_total", factory: metrics).record(7)
    #expect(rendered().contains("\nx_total 1\n"))
    #expect(rendered().contains(#"presence_gateway_metrics_dropped_total{metric="x_total"} 1"#))
  }

  @Test func aDestroyedSeriesIsGoneAndMakesRoom() {
    let counter = Counter(label: "x_total", dimensions: [("a", "1")], factory: metrics)
    counter.increment()
    counter.destroy()
    #expect(!rendered().contains("x_total"))
  }

  @Test func incrementsOfManyTasksAllCount() async {
    let counter = Counter(label: "x_total", factory: metrics)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { counter.increment() } } }
    }
    #expect(rendered().contains("x_total 8000\n"))
  }

  @Test func whatTheTableDoesNotDescribeIsKnown() {
    Counter(label: "x_total", factory: metrics).increment()
    Counter(label: "unknown_total", factory: metrics).increment()
    #expect(metrics.undescribed == ["unknown_total"])
  }

  @Test func promtoolAcceptsIt() throws {
    guard let promtool = Program("promtool") else {
      print("skipped: promtool (Debian package prometheus) is not installed")
      return
    }
    let metrics = PrometheusMetrics(table: .process + .web + .httpClient)
    let web = WebMetrics(metrics, listener: "public", paths: ["/a\"b", "/c"])
    web.answered("/c", status: 202)
    web.rejected("not_found")
    web.open(3)
    web.messageReceived("/c")
    CurlMetrics(metrics).finished(.failure(.timedOut), after: .milliseconds(1500))
    for number in 0...1000 {
      Counter(
        label: "presence_gateway_http_requests_total", dimensions: [("n", "\(number)")], factory: metrics
      ).increment()
    }
    #expect(metrics.undescribed == [])
    let result = try promtool.run(["check", "metrics"], input: Array(metrics.render().utf8))
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output == "")
  }
}

@Suite struct MetricTableTests {
  @Test func isAlsoTheDocumentation() {
    #expect(
      MetricTable([table.entries[0], table.entries[0], .init("y", .gauge, "A | b.")]).markdown() == """
        | metric | type | labels | meaning |
        |---|---|---|---|
        | `x_total` | counter | `route` | Counted things. |
        | `y` | gauge |  | A \\| b. |

        """)
  }
}

@Suite struct ResidentMemoryTests {
  @Test func isWhatTheProcessHolds() {
    #expect((5_000_000...4_000_000_000).contains(ResidentMemory.bytes() ?? 0))
  }
}
