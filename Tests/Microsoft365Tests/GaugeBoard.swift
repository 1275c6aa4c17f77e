// The gauges of a plugin as a scraper would find them: with their value, or gone.

import CoreMetrics
import PluginTestKit

/// Gauges by `name{label=value}`, without the plugin's prefix and label. Those of one name share their value, and what
/// is recorded through one that was destroyed is not seen, as with the gateway's own.
final class GaugeBoard: MetricsFactory {
  private let handlers = Locked<[String: Handler]>([:])
  subscript(name: String) -> Double? { handlers.withLock { $0[name] }?.value.withLock { $0 } }

  private final class Handler: RecorderHandler {
    let value = Locked<Double?>(nil)
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { self.value.withLock { $0 = value } }
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    let labels = dimensions.filter { $0.0 != "plugin" }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    let name = label.replacing("presence_gateway_microsoft365_", with: "")
    return handlers.withLock { handlers in
      let key = labels.isEmpty ? name : "\(name){\(labels)}"
      let handler = handlers[key] ?? Handler()
      handlers[key] = handler
      return handler
    }
  }
  func destroyRecorder(_ handler: any RecorderHandler) {
    handlers.withLock { handlers in handlers = handlers.filter { $0.value !== handler } }
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
