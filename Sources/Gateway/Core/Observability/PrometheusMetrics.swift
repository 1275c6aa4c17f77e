// The metrics backend: swift-metrics in, Prometheus text out, bounded whatever a caller puts into a label.

import CoreMetrics

/// Series are shared: the same name and labels always give the same numbers.
///
/// A timer, and a recorder that aggregates, is a histogram in seconds; a gauge, a meter and a recorder that
/// does not aggregate is a gauge. A series over the limit counts nothing and is itself counted in
/// `presence_gateway_metrics_dropped_total`.
public final class PrometheusMetrics: MetricsFactory {
  private struct Family {
    let kind: MetricTable.Entry.Kind
    var series: [String: any PrometheusSeries] = [:]
  }
  private struct State {
    var families: [String: Family] = [:]
    var dropped: [String: PrometheusCounter] = [:]
  }
  private static let droppedName = "presence_gateway_metrics_dropped_total"
  private let state = Locked(State())
  private let table: MetricTable
  private let maxSeries: Int
  private let maxNames: Int
  private let started = WallTime.now()

  /// `maxSeries` is the number of label sets of one name, `maxNames` the number of names.
  public init(table: MetricTable, maxSeries: Int = 1000, maxNames: Int = 1000) {
    self.table = table
    self.maxSeries = maxSeries
    self.maxNames = maxNames
  }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, .counter) { PrometheusCounter() }
  }
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(label, dimensions, .counter) { PrometheusCounter() }
  }
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, .gauge) { PrometheusGauge() }
  }
  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    if aggregate { return series(label, dimensions, .histogram) { PrometheusHistogram() } }
    return series(label, dimensions, .gauge) { PrometheusGauge() }
  }
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions, .histogram) { PrometheusHistogram() }
  }

  public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
  public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

  /// The whole text of `/metrics`, sorted by name and labels.
  public func render() -> String {
    let (families, dropped) = state.withLock { ($0.families, $0.dropped) }
    var text = ""
    if let memory = ResidentMemory.bytes() {
      header("process_resident_memory_bytes", .gauge, into: &text)
      text += "process_resident_memory_bytes \(memory)\n"
    }
    header("process_start_time_seconds", .gauge, into: &text)
    text += "process_start_time_seconds \(started.seconds)\n"
    if !dropped.isEmpty { header(Self.droppedName, .counter, into: &text) }
    for (name, counter) in dropped.sorted(by: { $0.key < $1.key }) {
      counter.render(name: Self.droppedName, labels: "metric=\"\(name)\"", into: &text)
    }
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
      header(name, family.kind, into: &text)
      for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
        series.render(name: name, labels: labels, into: &text)
      }
    }
    return text
  }

  /// Drops what a plugin said last and will not say again, under names that begin so; counters stay, because rates
  /// look back.
  func forgetGauges(of plugin: String, beginning prefix: String = "") {
    let marks = ["plugin", "sink"].map { ",\($0)=\"\(plugin)\"" }
    state.withLock { state in
      for (name, family) in state.families where family.kind == .gauge && name.hasPrefix(prefix) {
        state.families[name]?.series = family.series.filter { labels, _ in
          !marks.contains { ",\(labels)".contains($0) }
        }
      }
    }
  }

  /// Names in use that the table does not describe, sorted.
  public var undescribed: [String] {
    state.withLock { $0.families.keys.filter { table[$0] == nil } }.sorted()
  }

  private func header(_ name: String, _ kind: MetricTable.Entry.Kind, into text: inout String) {
    let meaning = table[name]?.meaning ?? "Not described."
    text += "# HELP \(name) \(PrometheusText.help(meaning))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private func series<Series: PrometheusSeries>(
    _ label: String, _ dimensions: [(String, String)], _ kind: MetricTable.Entry.Kind, make: () -> Series
  ) -> Series {
    let name = PrometheusText.name(label, colons: true)
    let labels = PrometheusText.labels(dimensions)
    return state.withLock { state in
      if let family = state.families[name] {
        if let series = family.series[labels] as? Series { return series }
        guard family.kind == kind, family.series[labels] == nil, family.series.count < maxSeries else {
          return drop(name, &state, make)
        }
      } else {
        guard state.families.count < maxNames else { return drop("other", &state, make) }
        state.families[name] = Family(kind: kind)
      }
      let series = make()
      state.families[name]?.series[labels] = series
      return series
    }
  }

  private func drop<Series>(_ name: String, _ state: inout State, _ make: () -> Series) -> Series {
    let counter = state.dropped[name] ?? PrometheusCounter()
    state.dropped[name] = counter
    counter.increment(by: 1 as Int64)
    return make()
  }

  private func destroy(_ handler: AnyObject) {
    state.withLock { state in
      for (name, family) in state.families {
        guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
        state.families[name]?.series[labels] = nil
        return
      }
    }
  }
}
