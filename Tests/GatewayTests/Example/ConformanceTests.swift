// The conformance kit notices connectors that break the contract, and says how.

import PluginAPI
import PluginTestKit
import Testing

/// Breaks every promise that the kit looks for.
private struct ErraticConnector: DirectoryProvider, PollingSource, PresenceSink, RouteProviding {
  static let type = "Erratic Connector"
  static let summary = ""
  static let metrics = [MetricDescription("erratic", .counter, [], "Something")]

  init(config: ConfigSection, context: PluginContext) {
    if config.bool("extra", default: false, "More options") { _ = config.optionalString("more", "") }
    context.health.report(Check("starting", .pending(progress: nil)))
  }

  func publishDirectory(to directory: any DirectoryInlet) async throws {
    await directory.publish(.remove([]))
  }

  var pollLimits: Limits { Limits(maxBatch: 0) }
  var pollInterval: Duration { .zero }
  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] {
    ["x", "x", "nobody"].map {
      PresenceEvent(user: $0, presence: .available, receivedAt: Moment(nanoseconds: 0))
    }
  }

  var deliveryLimits: Limits { Limits(maxBatch: 20) }
  func held(for presence: Presence) -> Presence {
    Presence(presence.availability == .busy ? .away : .busy)
  }
  func echoes(of held: Presence) -> [Presence] { [] }
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    if batch.count > 1 { throw PluginFailure(.giveUp, "one of them is unknown") }
    return batch[0].cause == .clear ? [] : [.delivered(lease: .zero)]
  }

  var routes: [WebRoute] {
    [
      WebRoute("hook", .http { WebResponse($0.method == "POST" ? 500 : 200) }),
      WebRoute("hook", .webSocket(hang)),
    ]
  }
  private func hang(_ connection: any WebSocketConnection) async {
    await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
  }
}

@Suite struct ConformanceTests {
  private let erratic = ErraticConnector(
    config: TestConfig([:]).section, context: RecordingContext().context())

  @Test func aConnectorThatIsMadeWrong() async {
    let found = await Conformance.plugin(ErraticConnector.self, config: ["extra": "true"])
    #expect(
      found == [
        "the type Erratic Connector is not made of small letters, digits and hyphens",
        "the summary is not one line of up to 100 letters",
        "the metric erratic is not presence_gateway_Erratic Connector_… in small letters, digits and underscores",
        "the metric erratic: counters end in _total, and nothing else does",
        "the metric erratic has no sentence about its meaning",
        "the metric erratic: its labels are each there once, and `plugin` is one",
        "the option more says nothing about itself", "options are not read unconditionally: more",
        "init tells or asks the core something; that is for run",
        "init tells or asks the core something; that is for run",
      ])
  }

  @Test func aDirectoryThatBeginsWithAChange() async {
    #expect(
      await Conformance.directory(erratic) == [
        "it begins with a change, not with a snapshot",
        "published again, it begins with a change, not with a snapshot",
      ])
  }

  @Test func aPollThatAnswersAnything() async {
    #expect(
      await Conformance.polling(erratic, users: ["x", "y"], stranger: "nobody") == [
        "no item at all is allowed: a poll", "the poll interval is not a time",
        "a poll answers twice for the same user", "a poll answers for users who were not asked for",
        "a poll answers for who is unknown",
      ])
  }

  @Test func aSinkThatLosesCount() async {
    let found = await Conformance.sink(erratic, user: "x", stranger: "nobody")
    #expect(found.contains { $0.hasPrefix("held(for:) of what it holds is not that") })
    #expect(found.contains("clear to nothing: 0 outcomes for one update"))
    #expect(found.contains("change to away: the lease is over before it begins"))
    #expect(found.count < 20)
    #expect(found.last?.hasPrefix("an unknown user fails the whole delivery") == true)
  }
}
