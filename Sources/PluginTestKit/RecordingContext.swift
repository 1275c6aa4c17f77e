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

public final class RecordingUsers: UserReporter {
  private let state = Locked<[UserID: [String: UserProblem]]>([:])
  public init() {}
  /// The problems that stand, by topic.
  public func problems(of user: UserID) -> [String: UserProblem] { state.withLock { $0[user] ?? [:] } }
  public func report(_ problem: UserProblem?, topic: String, of user: UserID) {
    state.withLock { $0[user, default: [:]][topic] = problem }
  }
}

/// A state store that a test reads, fills, and keeps over a restart of the plugin.
public final class MemoryState: PluginState {
  private let state = Locked<(values: [String: [UInt8]], secrets: [String: String])>(([:], [:]))
  private let beforeSet: (@Sendable (String) async -> Void)?
  /// `beforeSet` is called with the name of a value before it is kept: a store may be slow.
  public init(beforeSet: (@Sendable (String) async -> Void)? = nil) { self.beforeSet = beforeSet }
  public var values: [String: [UInt8]] { state.withLock { $0.values } }
  public var secrets: [String: String] { state.withLock { $0.secrets } }
  public func value(_ name: String) async -> [UInt8]? { state.withLock { $0.values[name] } }
  public func set(_ value: [UInt8]?, for name: String) async {
    await beforeSet?(name)
    state.withLock { $0.values[name] = value }
  }
  public func secret(_ name: String) async throws(SecretUnavailable) -> String? {
    state.withLock { $0.secrets[name] }
  }
  public func setSecret(_ value: String?, for name: String) async throws(SecretUnavailable) {
    state.withLock { $0.secrets[name] = value }
  }
}

public struct FixedStatus: StatusReading {
  public let json: [UInt8]
  public init(_ json: String = "{}") { self.json = Array(json.utf8) }
  public func statusJSON() async -> [UInt8] { json }
}

/// Hands out the connections that a test puts in, in order; refuses when there is none.
public final class ScriptedDialer: WebSocketDialer {
  private let state = Locked<(waiting: [any WebSocketConnection], dialled: [String])>(([], []))
  public init() {}
  public var dialled: [String] { state.withLock { $0.dialled } }
  public func add(_ connection: any WebSocketConnection) { state.withLock { $0.waiting.append(connection) } }
  public func connect(to url: String, trust: String?) async throws(HTTPClientError)
    -> any WebSocketConnection
  {
    let next = state.withLock { state in
      state.dialled.append(url)
      return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
    }
    guard let next else { throw .cannotConnect("nobody listens") }
    return next
  }
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
  public let users = RecordingUsers()
  public let state: MemoryState
  public let dialer = ScriptedDialer()
  public let http: any HTTPClient
  /// `state` is what an earlier life of the plugin left.
  public init(
    http: any HTTPClient = ScriptedHTTPClient { _ in HTTPResponse(status: 500) }, state: MemoryState = .init()
  ) {
    self.http = http
    self.state = state
  }

  public func context(
    id: String = "test", publicURL: String? = "https://gateway.example.com", logger: Logger? = nil,
    metrics: any MetricsFactory = NOOPMetricsHandler.instance, webSockets: (any WebSocketDialer)? = nil
  ) -> PluginContext {
    PluginContext(
      id: id, logger: logger ?? Logger(label: id, factory: { _ in SwiftLogNoOpLogHandler() }),
      metrics: metrics, clock: clock, inlet: inlet, sink: signals, health: health, users: users, state: state,
      status: FixedStatus(), http: http, webSockets: webSockets ?? dialer, publicURL: publicURL)
  }
}
