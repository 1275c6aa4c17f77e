// The numbers behind one label set of one metric: each its own lock, so that increments never meet.

import CoreMetrics

protocol PrometheusSeries: AnyObject, Sendable {
  /// The sample lines of this series; `labels` is `a="1",b="2"` or empty.
  func render(name: String, labels: String, into text: inout String)
}

extension PrometheusSeries {
  fileprivate func sample(_ name: String, _ labels: String, _ value: String, into text: inout String) {
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }
}

/// Counts whole and fractional amounts; an amount below zero is ignored, because a counter never falls.
final class PrometheusCounter: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
  private let value = Locked((whole: Int64(0), fraction: 0.0))

  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    value.withLock { $0.whole = $0.whole.addingReportingOverflow(amount).overflow ? .max : $0.whole + amount }
  }
  func increment(by amount: Double) {
    guard amount > 0 else { return }
    value.withLock { $0.fraction += amount }
  }
  func reset() { value.withLock { $0 = (0, 0) } }

  func render(name: String, labels: String, into text: inout String) {
    let (whole, fraction) = value.withLock { $0 }
    sample(
      name, labels, fraction == 0 ? String(whole) : PrometheusText.number(Double(whole) + fraction),
      into: &text)
  }
}

final class PrometheusGauge: PrometheusSeries, RecorderHandler, MeterHandler {
  private let value = Locked(0.0)

  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }

  func render(name: String, labels: String, into text: inout String) {
    sample(name, labels, PrometheusText.number(value.withLock { $0 }), into: &text)
  }
}

/// A histogram over fixed bounds, in seconds.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
  /// From half a millisecond, the budget of one event, to a minute, the longest time limit.
  static let bounds: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]
  private let value = Locked((counts: [Int64](repeating: 0, count: bounds.count + 1), sum: 0.0))

  func record(_ value: Int64) { record(Double(value)) }
  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ seconds: Double) {
    guard !seconds.isNaN else { return }
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    value.withLock {
      $0.counts[bucket] += 1
      $0.sum += seconds
    }
  }

  func render(name: String, labels: String, into text: inout String) {
    let (counts, sum) = value.withLock { $0 }
    var below: Int64 = 0
    for (count, bound) in zip(counts, Self.bounds + [.infinity]) {
      below += count
      let bucket = "le=\"\(PrometheusText.number(bound))\""
      sample("\(name)_bucket", labels.isEmpty ? bucket : "\(labels),\(bucket)", String(below), into: &text)
    }
    sample("\(name)_sum", labels, PrometheusText.number(sum), into: &text)
    sample("\(name)_count", labels, String(below), into: &text)
  }
}
