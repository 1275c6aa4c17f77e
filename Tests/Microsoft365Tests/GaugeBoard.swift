// The gauges of a plugin as a scraper would find them: with their value, or gone.

import CoreMetrics
import PluginTestKit

/// Gauges by `name{label=value}`, without the plugin's prefix and label.
final class GaugeBoard: MetricsFactory {
  private let values = Locked<[String: Double]>([:])
  subscript(name: String) -> Double? { values.withLock { $0[name] } }

  private final class Handler: RecorderHandler {
    let name: String
    let board: GaugeBoard
    init(_ name: String, _ board: GaugeBoard) { (self.name, self.board) = (name, board) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { board.values.withLock { $0[name] = value } }
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    let labels = dimensions.filter { $0.0 != "plugin" }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    let name = label.replacing("presence_gateway_microsoft365_", with: "")
    return Handler(labels.isEmpty ? name : "\(name){\(labels)}", self)
  }
  func destroyRecorder(_ handler: any RecorderHandler) {
    guard let handler = handler as? Handler else { return }
    values.withLock { $0[handler.name] = nil }
  }
  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    NOOPMetricsHandler.instance
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    NOOPMetricsHandler.instance
  }
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
}
