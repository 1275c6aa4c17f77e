// The options: defaults, refusals word by word, and that the README lists them, the metrics and the checks.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite struct OptionsTests {
  private func errors(_ config: ConfigValue) -> [String] {
    let reader = TestConfig(config)
    _ = PBXOptions(reader.section)
    return reader.errors
  }

  @Test func theSmallestConfigurationIsEnough() {
    let reader = TestConfig(PluginRig.config)
    let options = PBXOptions(reader.section)
    #expect(reader.errors == [])
    #expect(options.contact == "teams:")
    #expect(options.subscribePerSecond == 50)
    #expect(options.answerTimeout == .seconds(15))
    #expect(options.keepAlive == .seconds(30))
    #expect(options.users == UserRules())
    #expect(options.session.passwords() == ["pwd"])
    #expect(options.session.newChallenge().count == 16)
  }

  @Test func aDNSNameIsNoPBXName() {
    let app: ConfigValue = ["path": "/a", "password": "env:x"]
    #expect(
      errors(["master": "pbx.example.com", "app": app]) == [
        "master: the PBX's name, not its DNS name: write `pbx`, not `pbx.example.com`"
      ])
  }

  @Test func wrongOptionsAreNamed() {
    #expect(
      errors(["master": "pbx", "contact": "im:", "app": ["path": "a/b", "password": "env:x"]]) == [
        "app.path: must begin with /, is a/b",
        "contact: must be a contact of its own, such as teams:, or tel:, is im:",
      ])
    #expect(errors([:]) == ["master: is missing", "app.path: is missing", "app.password: is missing"])
    #expect(
      errors([
        "master": "pbx", "subscribe_per_second": "0", "presenting_as": "dns", "keep_alive": "0s",
        "app": ["path": "/a", "password": "env:x"],
      ]) == [
        "presenting_as: must be on-the-phone, dnd, busy, is dns (did you mean \"dnd\"?)",
        "subscribe_per_second: must be 1…10000, is 0", "keep_alive: must be 1s…1h, is 0s",
      ])
  }

  @Test func theLimitsFollowTheOptions() {
    let rig = PluginRig([
      "master": "pbx", "updates_per_second": "7", "app": ["path": "/a", "password": "env:x"],
    ])
    #expect(
      rig.plugin.deliveryLimits == Limits(maxBatch: 1, maxInFlight: 64, rate: .init(14, per: .seconds(1))))
    #expect(rig.plugin.echoes(of: Presence(.busy)) == [])
    #expect(rig.plugin.held(for: Presence(.offline)) == .available)
  }

  @Test func theRefusalLogIsBounded() {
    var log = RefusalLog()
    let start = Moment(nanoseconds: 0)
    let admitted = [0, 59, 60].map { log.admits("10.0.0.1", now: start + .seconds($0)) }
    #expect(admitted == [true, false, true])
    let others = (0..<5000).count { log.admits("host\($0)", now: start + .seconds(60)) }
    #expect(others == 1023)
    let later = log.admits("later", now: start + .seconds(120))
    #expect(later)
  }

  @Test func guessesAreCountedForAnAddressAndForAMinute() {
    var limit = GuessLimit(perMinute: 2)
    let start = Moment(nanoseconds: 0)
    limit.failed("10.0.0.1:1", now: start)
    #expect(limit.admits("10.0.0.1:2", now: start))
    limit.failed("10.0.0.1:2", now: start + .seconds(30))
    let admitted = [30, 89, 90].map { limit.admits("10.0.0.1:3", now: start + .seconds($0)) }
    #expect(admitted == [false, false, true], "a minute from the guess that was too many")
    // However many addresses try: those that guess most stay counted.
    let later = start + .seconds(200)
    for _ in 0..<2 { limit.failed("10.0.0.2:1", now: later) }
    for other in 0..<(2 * GuessLimit.maxPeers) { limit.failed("2001:db8:0:\(other)::1", now: later) }
    #expect(!limit.admits("10.0.0.2:1", now: later))
    #expect(limit.admits("2001:db8::1", now: later))
  }

  @Test func metricLabelsFromOutsideAreBounded() {
    var words = SeenWords(limit: 2)
    let labels = ["A\"\n{}", "B", "C", "A"].map { words.label($0) }
    #expect(labels == ["A", "B", "other", "A"])
  }

  @Test func theREADMEListsOptionsAndMetrics() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Sources/Plugins/PBX")
    let readme = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
    for key in [
      "domain", "master", "app.path", "app.name", "app.password", "contact", "presenting_as", "hidden_users",
      "subscribe_per_second", "updates_per_second", "answer_timeout", "keep_alive", "call_settles_in",
      "groups", "license", "license_interval", "resume_users",
      "line_state", "dialling_is_call", "notes", "app.previous_passwords", "app.attempts_per_minute",
      "connect[].url", "connect[].app", "connect[].password", "connect[].trust", "connect[].pbx",
      "connect[].domain", "connect[].apis", "connect[].name_in_challenge", "redial",
    ] { #expect(readme.contains("| `\(key)` |"), "option \(key)") }
    for metric in [
      "connections", "users", "subscriptions", "alien_calls", "messages_total", "events_total",
      "logins_total",
      "writes_total", "ignored_messages_total",
    ] { #expect(readme.contains("| `presence_gateway_pbx_\(metric)` |"), "metric \(metric)") }
    for section in ["What it does", "Set-up", "Options", "Metrics", "Checks", "Limits and known gaps"] {
      #expect(readme.contains("\n## \(section)\n"), "section \(section)")
    }
    for refusal in LoginRefusal.allCases { #expect(readme.contains("`\(refusal.rawValue)`")) }
  }
}
