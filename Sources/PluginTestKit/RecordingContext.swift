// A plugin context of recorders: what a plugin emits, asks for and reports can be read by a test.

import CoreMetrics
import Logging
import PluginAPI

public final class RecordingInlet: PresenceInlet {
  private let state = Locked<(events: [PresenceEvent], polls: [[UserID]?])>(([], []))
  public init() {}
  public var events: [PresenceEvent] { state.withLock { $0.events } }
  public var requestedPolls: [[UserID]?] { state.withLock { $0.polls } }
  public func emit(_ events: [PresenceEvent]) async { state.withLock { $0.events += events } }
  public func requestPoll(_ users: [UserID]?) { state.withLock { $0.polls.append(users) } }
}

public final class RecordingDirectory: DirectoryInlet {
  private let state = Locked<[DirectoryChange]>([])
  public init() {}
  public var changes: [DirectoryChange] { state.withLock { $0 } }
  public func publish(_ change: DirectoryChange) async { state.withLock { $0.append(change) } }
}

public final class RecordingHealth: HealthReporter {
  private let state = Locked<[String: Check]>([:])
  public init() {}
  public var checks: [String: Check] { state.withLock { $0 } }
  public func report(_ check: Check) { state.withLock { $0[check.name] = check } }
  public func remove(_ name: String) { state.withLock { $0[name] = nil } }
}

public final class RecordingSignals: SinkSignals {
  private let state = Locked<[(SinkFacet, [UserID]?)]>([])
  public init() {}
  public var losses: [(facet: SinkFacet, users: [UserID]?)] { state.withLock { $0.map { ($0.0, $0.1) } } }
  public func lost(_ facet: SinkFacet, of users: [UserID]?) { state.withLock { $0.append((facet, users)) } }
}

/// A roster that a test changes; readers get the newest.
public final class ManualRoster: Roster {
  private let state: Locked<(RosterSnapshot, [AsyncStream<RosterSnapshot>.Continuation])>
  public init(_ users: Set<UserID> = []) { state = Locked((RosterSnapshot(users: users), [])) }
  public func set(_ users: Set<UserID>) {
    state.withLock { state in
      state.0 = RosterSnapshot(users: users)
      for reader in state.1 { reader.yield(state.0) }
    }
  }
  public func snapshots() -> AsyncStream<RosterSnapshot> {
    let (stream, reader) = AsyncStream.makeStream(
      of: RosterSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    state.withLock { state in
      reader.yield(state.0)
      state.1.append(reader)
    }
    return stream
  }
}

public struct RecordingContext: Sendable {
  public let clock = ManualClock()
  public let inlet = RecordingInlet()
  public let signals = RecordingSignals()
  public let health = RecordingHealth()
  public let http: any HTTPClient
  public init(http: any HTTPClient = ScriptedHTTPClient { _ in HTTPResponse(status: 500) }) {
    self.http = http
  }

  public func context(id: String = "test", publicURL: String? = "https://gateway.example.com")
    -> PluginContext
  {
    PluginContext(
      id: id, logger: Logger(label: id, factory: { _ in SwiftLogNoOpLogHandler() }),
      metrics: NOOPMetricsHandler.instance, clock: clock, inlet: inlet, sink: signals, health: health,
      http: http,
      publicURL: publicURL)
  }
}
