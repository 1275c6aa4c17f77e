// A connector whose every answer a test writes down, and whose every call it can wait for.

import PluginAPI
import PluginTestKit

final class ScriptedPlugin: DirectoryProvider, PollingSource, StreamingSource, PresenceSink {
  typealias Answer = @Sendable ([PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome]
  static let type = "scripted"
  static let summary = "answers as a test says"

  let deliveryLimits = Limits(maxBatch: 10, maxInFlight: 4)
  let pollLimits = Limits(maxBatch: 100)
  let pollInterval = Duration.seconds(3600)
  private let answer: Answer
  private let truth: @Sendable (UserID) -> Presence?
  private let runs: @Sendable (_ time: Int) async throws -> Void
  private struct Log {
    var deliveries: [String] = []
    var polls: [[UserID]] = []
    var runs = 0
    var ended = 0
  }
  private let log = Locked(Log())

  init(
    answer: @escaping Answer = { (updates) throws(PluginFailure) in
      updates.map { _ in .delivered(lease: nil) }
    },
    truth: @escaping @Sendable (UserID) -> Presence? = { _ in nil },
    runs: @escaping @Sendable (_ time: Int) async throws -> Void = { _ in }
  ) {
    self.answer = answer
    self.truth = truth
    self.runs = runs
  }
  convenience init(config: ConfigSection, context: PluginContext) { self.init() }

  /// `t0 busy (change)`.
  var deliveries: [String] { log.withLock { $0.deliveries } }
  var polls: [[UserID]] { log.withLock { $0.polls } }
  var runCount: Int { log.withLock { $0.runs } }
  var endCount: Int { log.withLock { $0.ended } }

  func run() async throws {
    let time = log.withLock { log in
      log.runs += 1
      return log.runs
    }
    defer { log.withLock { $0.ended += 1 } }
    try await runs(time)
  }
  func publishDirectory(to directory: any DirectoryInlet) async throws {}
  func stream(_ roster: any Roster) async throws { for await _ in roster.snapshots() {} }

  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] {
    log.withLock { $0.polls.append(users) }
    return users.compactMap { user in
      truth(user).map { PresenceEvent(user: user, presence: $0, receivedAt: .second(0)) }
    }
  }

  func held(for presence: Presence) -> Presence { presence }
  func echoes(of held: Presence) -> [Presence] { [held] }
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    log.withLock {
      $0.deliveries += batch.map { update in
        "\(update.user) \(update.presence.map { "\($0.availability)" } ?? "nothing") (\(update.cause))"
      }
    }
    return try await answer(batch)
  }
}
