// What a plugin reaches the core by. Made before the core, because plugins are made from the configuration
// first.

import PluginAPI

/// The core and its report, once they exist.
final class CoreReference: Sendable {
  private let parts = Locked<(core: GatewayCore?, report: StatusReport?)>((nil, nil))
  func connect(_ core: GatewayCore, report: StatusReport? = nil) {
    parts.withLock { $0 = (core, report) }
  }
  /// The core holds the plugins, and they hold this: at the end nobody does.
  func disconnect() { parts.withLock { $0 = (nil, nil) } }
  var value: GatewayCore? { parts.withLock { $0.core } }
  var report: StatusReport? { parts.withLock { $0.report } }
}

struct PluginPorts: PresenceInlet, SinkSignals, DirectoryInlet, HealthReporter, UserReporter, StatusReading {
  let id: String
  let core: CoreReference
  let board: HealthBoard
  let problems: ProblemBoard
  let clock: any GatewayClock

  func emit(_ events: [PresenceEvent]) async { await core.value?.ingest(events, from: id) }
  func requestPoll(_ users: [UserID]?) {
    guard let core = core.value else { return }
    Task { await core.requestPoll(users, of: id) }
  }
  func lost(_ facet: SinkFacet, of users: [UserID]?) {
    guard let core = core.value else { return }
    Task { await core.lost(facet, of: users, in: id) }
  }
  func publish(_ change: DirectoryChange) async { await core.value?.publish(change, from: id) }
  func report(_ check: Check) { board.report(check, of: id, at: clock.date) }
  func remove(_ name: String) { board.remove(name, of: id) }
  func report(_ problem: UserProblem?, topic: String, of user: UserID) {
    problems.report(problem, topic: topic, of: user, in: id)
  }
  func statusJSON() async -> [UInt8] {
    guard let report = core.report, let json = try? await report.snapshot().json() else {
      return Array("{}".utf8)
    }
    return json
  }
}
