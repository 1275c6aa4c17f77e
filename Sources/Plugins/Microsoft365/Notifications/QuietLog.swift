// Warnings about what strangers post: each kind at most once a minute, and never with their content.

import Logging
import PluginAPI

actor QuietLog {
  private let logger: Logger
  private let clock: any GatewayClock
  private var last: [PluginMetrics.Notification: Moment] = [:]

  init(logger: Logger, clock: any GatewayClock) {
    self.logger = logger
    self.clock = clock
  }

  /// Whether it was logged.
  @discardableResult
  func warn(_ kind: PluginMetrics.Notification, detail: String? = nil) -> Bool {
    let now = clock.now
    if let last = last[kind], now - last < .seconds(60) { return false }
    last[kind] = now
    var metadata: Logger.Metadata = ["kind": "\(kind.rawValue)"]
    if let detail { metadata["detail"] = "\(detail)" }
    logger.warning("A notification was not accepted", metadata: metadata)
    return true
  }
}
