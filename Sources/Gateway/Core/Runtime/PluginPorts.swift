// What a plugin reaches the core by. Made before the core, because plugins are made from the configuration
// first.

import PluginAPI

/// The core, once it exists.
final class CoreReference: Sendable {
  private let core = Locked<GatewayCore?>(nil)
  func connect(_ core: GatewayCore) { self.core.withLock { $0 = core } }
  var value: GatewayCore? { core.withLock { $0 } }
}

struct PluginPorts: PresenceInlet, SinkSignals, DirectoryInlet, HealthReporter {
  let id: String
  let core: CoreReference
  let board: HealthBoard
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
}
