// What the core lends to a plugin instance.

import CoreMetrics
import Logging

public struct PluginContext: Sendable {
  /// The instance's id: its key under `plugins:`.
  public let id: String
  public let logger: Logger
  /// Names are `presence_gateway_<type>_…`; labels are bounded, never a person.
  public let metrics: any MetricsFactory
  public let clock: any GatewayClock
  public let inlet: any PresenceInlet
  public let sink: any SinkSignals
  public let health: any HealthReporter
  public let http: any HTTPClient
  /// What the outside world reaches the public listener by, without a trailing slash; nil when not configured.
  public let publicURL: String?

  public init(
    id: String, logger: Logger, metrics: any MetricsFactory, clock: any GatewayClock,
    inlet: any PresenceInlet,
    sink: any SinkSignals, health: any HealthReporter, http: any HTTPClient, publicURL: String?
  ) {
    self.id = id
    self.logger = logger
    self.metrics = metrics
    self.clock = clock
    self.inlet = inlet
    self.sink = sink
    self.health = health
    self.http = http
    self.publicURL = publicURL
  }
}
