// The innovaphone connector: the PBX dials in or is dialled, and presence flows both ways over its WebSocket.

import Logging
import PluginAPI

/// `type: pbx`. What happens, happens in `Switchboard`; the rules are in the value types of the sub-folders.
public struct PBXPlugin: DirectoryProvider, StreamingSource, PresenceSink, RouteProviding {
  public static let type = "pbx"
  public static let summary = "innovaphone PBX: presence and on-the-phone, both ways, as an App service"
  public static let identityKinds: Set<IdentityKind> = [.email, .sip, .number, .name]

  let options: PBXOptions
  let context: PluginContext
  let switchboard: Switchboard

  public init(config: ConfigSection, context: PluginContext) {
    options = PBXOptions(config)
    self.context = context
    switchboard = Switchboard(options, context)
  }

  public var routes: [WebRoute] {
    let (switchboard, clock) = (switchboard, context.clock)
    let socket = WebRoute(
      options.path, .webSocket { await Wire.serve($0, switchboard: switchboard, clock: clock) })
    return [socket] + AppPage.routes(folder: options.path, name: options.appName)
  }

  /// The timer of all connections, and those that the gateway dials.
  public func run() async throws {
    await switchboard.begin()
    await switchboard.recall()
    try await withThrowingTaskGroup(of: Void.self) { [switchboard, clock = context.clock] group in
      group.addTask {
        while true {
          let wake = await switchboard.tick()
          try await clock.sleep(until: wake)
        }
      }
      // A slow store does not hold up the time of the connections.
      group.addTask {
        while true {
          await switchboard.keep()
          try await clock.sleep(for: .milliseconds(250))
        }
      }
      for pbx in options.connect { group.addTask { try await switchboard.keepDialled(pbx) } }
      try await group.waitForAll()
    }
  }

  public func publishDirectory(to directory: any DirectoryInlet) async throws {
    for await _ in await switchboard.directorySignal() {
      for change in await switchboard.takeDirectoryChanges() { await directory.publish(change) }
    }
  }

  public func stream(_ roster: any Roster) async throws {
    let (switchboard, inlet) = (switchboard, context.inlet)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await snapshot in roster.snapshots() { await switchboard.watch(snapshot.users) } }
      group.addTask {
        for await _ in await switchboard.eventSignal() {
          let events = await switchboard.takeEvents()
          if !events.isEmpty { await inlet.emit(events) }
        }
      }
    }
  }

  public var deliveryLimits: Limits {
    // Half of a rate is paid out evenly: a steady `updatesPerSecond`, and twice that in the second after a pause.
    Limits(maxBatch: 1, maxInFlight: 64, rate: .init(2 * options.updatesPerSecond, per: .seconds(1)))
  }

  public func held(for presence: Presence) -> Presence {
    HeldPresence.of(presence, presentingAs: options.presentingAs, notes: options.notes)
  }

  /// Our own contact and our own alien calls are never read, so nothing of ours comes back.
  public func echoes(of held: Presence) -> [Presence] { [] }

  public func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    let switchboard = switchboard
    return await withTaskGroup(of: (Int, DeliveryOutcome).self) { group in
      for (index, update) in batch.enumerated() {
        let wanted = held(for: update.presence ?? .available)
        let previous = held(for: update.previous ?? .available)
        group.addTask { (index, await switchboard.deliver(update, wanted, previous: previous)) }
      }
      var outcomes = batch.map { _ in DeliveryOutcome.retry(after: nil, reason: "not carried out") }
      for await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
  }
}
