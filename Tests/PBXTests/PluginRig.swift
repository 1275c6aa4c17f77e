// The whole plugin with a PBX on the other end of a WebSocket that exists in memory only.

import CoreMetrics
import FoundationEssentials
import Logging
import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

/// What the plugin sent, as far as tests look at it.
struct Sent: Decodable, Sendable {
  let mt: String
  let api: String?
  let src: String?
  let sip: String?
  let guid: String?
  let activity: String?
  let note: String?
  let usn: Int?
  let target: String?
  let challenge: String?
  let digest: String?
  let ok: Bool?
  let errorText: String?
  let status: [String: String]?
}

/// A WebSocket whose other end is the test.
final class MemorySocket: WebSocketConnection {
  let remoteAddress: String
  private let toPlugin = AsyncStream.makeStream(of: [UInt8].self)
  private let toTest = AsyncStream.makeStream(of: [UInt8].self)
  private let incoming: Locked<AsyncStream<[UInt8]>.Iterator>

  init(remoteAddress: String = "192.0.2.7:40000") {
    self.remoteAddress = remoteAddress
    incoming = Locked(toPlugin.stream.makeAsyncIterator())
  }

  func receive() async throws -> [UInt8]? {
    var iterator = incoming.withLock { $0 }
    return await iterator.next()
  }
  func send(_ text: [UInt8]) async throws { toTest.continuation.yield(text) }
  func close() async {
    toPlugin.continuation.finish()
    toTest.continuation.finish()
  }

  func say(_ text: String) { toPlugin.continuation.yield(Array(text.utf8)) }
  /// The next message of the plugin, or nil when it closed the connection.
  func hear() async -> Sent? {
    var iterator = toTest.stream.makeAsyncIterator()
    guard let text = await iterator.next() else { return nil }
    return try? JSONDecoder().decode(Sent.self, from: Data(text))
  }
  /// Skips to the next message of that kind.
  func hear(_ mt: String) async -> Sent? {
    while let message = await hear() {
      if message.mt == mt { return message }
    }
    return nil
  }
}

/// Counts by metric name and labels: `name{result=ok}`.
final class CountingMetrics: MetricsFactory {
  private let totals = Locked<[String: Int64]>([:])
  func total(_ name: String) -> Int64 { totals.withLock { $0[name] ?? 0 } }

  private final class Handler: CounterHandler, RecorderHandler {
    let add: @Sendable (Int64) -> Void
    init(_ add: @escaping @Sendable (Int64) -> Void) { self.add = add }
    func increment(by amount: Int64) { add(amount) }
    func reset() {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
  }
  private func handler(_ label: String, _ dimensions: [(String, String)]) -> Handler {
    let labels = dimensions.filter { $0.0 != "plugin" }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    let name = labels.isEmpty ? label : "\(label){\(labels)}"
    return Handler { [totals] amount in totals.withLock { $0[name, default: 0] += amount } }
  }
  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    handler(label, dimensions)
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    handler(label, dimensions)
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    NOOPMetricsHandler.instance
  }
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
}

final class PluginRig: Sendable {
  let recorded: RecordingContext
  let metrics = CountingMetrics()
  let log = NotedLog()
  let directory = RecordingDirectory()
  let roster = ManualRoster()
  let plugin: PBXPlugin
  private let tasks = Locked<[Task<Void, any Error>]>([])

  static let config: ConfigValue = [
    "master": "pbx", "app": ["path": "/example.com/presence", "password": "env:pwd"],
  ]

  /// `state` is what an earlier life of the plugin left.
  init(_ config: ConfigValue = PluginRig.config, state: MemoryState = MemoryState()) {
    recorded = RecordingContext(state: state)
    let context = recorded.context(
      id: "pbx", logger: log.logger(), metrics: metrics)
    plugin = PBXPlugin(config: TestConfig(config).section, context: context)
  }

  /// What is due on the lines, and what is to be kept.
  private static let timers = 2

  /// Starts what the core starts, runs the test, and ends it all.
  func run(_ body: () async throws -> Void) async throws {
    start { [plugin] in try await plugin.run() }
    start { [plugin, directory] in try await plugin.publishDirectory(to: directory) }
    start { [plugin, roster] in try await plugin.stream(roster) }
    await recorded.clock.sleepers(atLeast: Self.timers)
    defer { for task in tasks.withLock({ $0 }) { task.cancel() } }
    try await body()
  }

  private func start(_ body: @escaping @Sendable () async throws -> Void) {
    let task = Task { try await body() }
    tasks.withLock { $0.append(task) }
  }

  /// A socket that the plugin serves.
  func dial(from address: String = "192.0.2.7:40000") -> MemorySocket {
    let socket = MemorySocket(remoteAddress: address)
    for route in plugin.routes {
      if case .webSocket(let serve) = route.handler { start { await serve(socket) } }
    }
    return socket
  }

  /// Dials and logs in as a PBX.
  func connect(
    _ pbx: String = "pbx", domain: String = "example.com", app: String = "presence-gw",
    guid: String = "8e7ca6fabbc5630170e9009033400109",
    apis: [String] = ["PbxApi", "PbxTableUsers", "PbxImpersonation"]
  ) async -> MemorySocket {
    let socket = dial()
    socket.say(#"{"mt":"AppChallenge"}"#)
    let challenge = await socket.hear("AppChallengeResult")?.challenge ?? ""
    socket.say(
      PBXText.login(
        challenge: challenge, sip: app, domain: domain, guid: guid, info: #"{"appobj":"\#(app)","apps":[]}"#))
    _ = await socket.hear("AppLoginResult")
    socket.say(PBXText.info(pbx: pbx, domain: domain, apis: apis))
    return socket
  }

  /// Answers the replication with these users, given as guid and home.
  func replicate(_ socket: MemorySocket, _ users: [(guid: String, loc: String)]) async {
    let src = await socket.hear("ReplicateStart")?.src ?? ""
    socket.say(#"{"mt":"ReplicateStartResult","src":"\#(src)"}"#)
    for user in users {
      _ = await socket.hear("ReplicateNext")
      socket.say(PBXText.row("ReplicateNextResult", src: src, guid: user.guid, loc: user.loc))
    }
    _ = await socket.hear("ReplicateNext")
    socket.say(#"{"mt":"ReplicateNextResult","src":"\#(src)"}"#)
  }

  /// Lets the others run until it is so.
  func until(_ condition: () -> Bool, at place: SourceLocation = #_sourceLocation) async {
    #expect(await eventually { condition() }, sourceLocation: place)
  }

  /// Moves the time in steps that the plugin's timer sees.
  func pass(_ duration: Duration) async { await recorded.clock.pass(duration, timers: Self.timers) }
  /// The same for what happens after that time; a busy machine may have begun to count late.
  func pass(
    _ duration: Duration, until condition: () -> Bool, at place: SourceLocation = #_sourceLocation
  ) async {
    await pass(duration)
    #expect(await recorded.clock.pass(within: .seconds(1), until: condition), sourceLocation: place)
  }

  /// The plugin never fails a whole call; an empty answer would be one.
  func deliver(_ updates: [PresenceUpdate]) async -> [DeliveryOutcome] {
    (try? await plugin.deliver(updates)) ?? []
  }

  func state(_ check: String) -> Check.State? { recorded.health.checks[check]?.state }
}
