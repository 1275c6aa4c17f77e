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
  public let users: any UserReporter
  public let state: any PluginState
  public let status: any StatusReading
  public let http: any HTTPClient
  public let webSockets: any WebSocketDialer
  /// What the outside world reaches the public listener by, without a trailing slash; nil when not configured.
  public var publicURL: String?

  public init(
    id: String, logger: Logger, metrics: any MetricsFactory, clock: any GatewayClock,
    inlet: any PresenceInlet, sink: any SinkSignals, health: any HealthReporter, users: any UserReporter,
    state: any PluginState, status: any StatusReading, http: any HTTPClient,
    webSockets: any WebSocketDialer, publicURL: String?
  ) {
    self.id = id
    self.logger = logger
    self.metrics = metrics
    self.clock = clock
    self.inlet = inlet
    self.sink = sink
    self.health = health
    self.users = users
    self.state = state
    self.status = status
    self.http = http
    self.webSockets = webSockets
    self.publicURL = publicURL
  }
}
