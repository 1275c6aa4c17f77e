// A plugin context in which nothing happens, for `check`, `plugins` and the JSON schema, which must work offline.

import CoreMetrics
import FoundationEssentials
import Logging
import PluginAPI

public enum OfflineContext {
  public static func context(id: String) -> PluginContext {
    context(
      id: id, clock: StoppedClock(), state: VolatileState(), http: UnreachableHTTP(),
      webSockets: UnreachableWebSockets())
  }

  /// One that reaches the systems but in which presence goes nowhere: for `doctor`.
  static func context(
    id: String, clock: any GatewayClock, state: any PluginState, http: any HTTPClient,
    webSockets: any WebSocketDialer
  ) -> PluginContext {
    PluginContext(
      id: id, logger: Logger(label: id, factory: { _ in SwiftLogNoOpLogHandler() }),
      metrics: NOOPMetricsHandler.instance, clock: clock, inlet: DiscardingInlet(), sink: DiscardingSignals(),
      health: DiscardingHealth(), users: DiscardingUsers(), state: state, status: NoStatus(), http: http,
      webSockets: webSockets, publicURL: nil)
  }
}

private struct StoppedClock: GatewayClock {
  var now: Moment { Moment(nanoseconds: 0) }
  var date: Date { Date(timeIntervalSince1970: 0) }
  func sleep(until: Moment) async throws { throw CancellationError() }
}

private struct DiscardingInlet: PresenceInlet {
  func emit(_ events: [PresenceEvent]) async {}
  func requestPoll(_ users: [UserID]?) {}
}

private struct DiscardingSignals: SinkSignals {
  func lost(_ facet: SinkFacet, of users: [UserID]?) {}
}

private struct DiscardingHealth: HealthReporter {
  func report(_ check: Check) {}
  func remove(_ name: String) {}
}

private struct UnreachableHTTP: HTTPClient {
  func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
    throw .cannotConnect("this is offline")
  }
}

private struct DiscardingUsers: UserReporter {
  func report(_ problem: UserProblem?, topic: String, of user: UserID) {}
}

private struct NoStatus: StatusReading {
  func statusJSON() async -> [UInt8] { Array("{}".utf8) }
}

private struct UnreachableWebSockets: WebSocketDialer {
  func connect(to url: String, trust: String?) async throws(HTTPClientError) -> any WebSocketConnection {
    throw .cannotConnect("this is offline")
  }
}
