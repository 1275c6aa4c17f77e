// Mappings that a sink cannot show, or that make no difference there, are told with their place.

import Gateway
import PluginAPI
import Testing

/// Shows availability and one activity, and no calls.
private struct Board: PresenceSink, PollingSource {
  static let type = "board"
  static let summary = "A board, for tests"
  init(config: ConfigSection, context: PluginContext) {}
  var deliveryLimits: Limits { Limits() }
  var pollLimits: Limits { Limits() }
  var pollInterval: Duration { .seconds(20) }
  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] { [] }
  func held(for presence: Presence) -> Presence {
    if presence.availability == .offline { return .available }
    return Presence(presence.availability, presence.activity == .beRightBack ? .beRightBack : nil)
  }
  func echoes(of held: Presence) -> [Presence] { [] }
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] { [] }
}

struct MappingLintTests {
  private func warnings(_ route: String) -> [String] {
    let text = """
      plugins:
        one: { type: board }
        two: { type: board }
      routes:
        - from: one
          to: two
      \(route)
      """
    let loaded = GatewayConfig.load(
      text: text, fileName: "plugins.yaml", directory: "", environment: [:], types: [Board.self])
    #expect(loaded.errors == [])
    return loaded.warnings.map(\.description)
  }

  @Test func whatCannotBeShownIsTold() {
    #expect(
      warnings("    map: { lunch: inMeeting, vacation: busy, travel: beRightBack, meal: ignore }") == [
        "plugins.yaml:7:19: routes[0].map.lunch: busy (inMeeting) cannot be set in two, which shows busy instead"
      ])
    #expect(
      warnings("    map: { busy: inCall }") == [
        "plugins.yaml:7:18: routes[0].map.busy: has no effect: two shows busy with and without it"
      ])
    #expect(
      warnings("    map: { lunch: inCall }") == [
        "plugins.yaml:7:19: routes[0].map.lunch: busy (inCall), in a call cannot be set in two, which shows busy instead"
      ])
  }

  @Test func whatMakesNoDifferenceIsTold() {
    #expect(
      warnings("    map: { lunch: away, offWork: ignore }") == [
        "plugins.yaml:7:19: routes[0].map.lunch: has no effect: two shows away with and without it",
        "plugins.yaml:7:34: routes[0].map.offWork: has no effect: two shows nothing of ours with and without it",
      ])
  }

  @Test func rulesAndHoursToo() {
    #expect(
      warnings(
        """
            rules:
              - { when: { call: connected }, then: ignore }
              - { when: { note: "*lunch*" }, then: { note: gone } }
              - { when: { availability: busy }, then: presenting }
              - { when: { availability: away }, then: { call: ringing } }
              - { when: { availability: away, note: "x*" }, then: { availability: away } }
            hours: { zone: UTC, outside: offWork }
        """) == [
          "plugins.yaml:9:44: routes[0].rules[1].then: two cannot show a note",
          "plugins.yaml:10:47: routes[0].rules[2].then: do not disturb (presenting) cannot be set in two, which shows do not disturb instead",
          "plugins.yaml:11:47: routes[0].rules[3].then: available, ringing cannot be set in two, which shows nothing of ours",
          "plugins.yaml:12:59: routes[0].rules[4].then: has no effect: two shows away with and without it",
          "plugins.yaml:13:34: routes[0].hours.outside: offline (offWork) cannot be set in two, which shows nothing of ours",
        ])
  }
}
