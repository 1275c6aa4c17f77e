// What every plugin instance is lent, made once for the life of the gateway.

import CoreMetrics
import Logging
import PluginAPI

struct GatewayServices: Sendable {
  /// Under which the gateway's own check marks stand: no plugin can have this id.
  static let ownID = "gateway"

  let clock: any GatewayClock
  let metrics: PrometheusMetrics
  let http: CurlClient
  let states: StateFolder
  let board: HealthBoard
  let events: EventLog
  let audit: AuditLog
  let problems = ProblemBoard()
  let core = CoreReference()
  let logger: @Sendable (_ label: String) -> Logger

  init(
    clock: any GatewayClock, metrics: PrometheusMetrics, http: CurlClient, states: StateFolder,
    events: EventLog, logger: @escaping @Sendable (_ label: String) -> Logger
  ) {
    self.clock = clock
    self.metrics = metrics
    self.http = http
    self.states = states
    self.events = events
    self.logger = logger
    audit = AuditLog(logger: logger("admin"), events: events)
    board = HealthBoard(events: events)
    let waiting = Gauge(label: "presence_gateway_state_waiting", factory: metrics)
    states.watch { [board] check, number in
      board.report(check, of: Self.ownID, at: clock.date)
      waiting.record(number)
    }
  }

  func ports(of id: String) -> PluginPorts {
    PluginPorts(id: id, core: core, board: board, problems: problems, clock: clock)
  }

  func context(of id: String) -> PluginContext {
    let ports = ports(of: id)
    return PluginContext(
      id: id, logger: logger(id), metrics: metrics, clock: clock, inlet: ports, sink: ports, health: ports,
      users: ports, state: states.state(of: id), status: ports, http: http,
      webSockets: WebSocketClient(), publicURL: nil)
  }
}
