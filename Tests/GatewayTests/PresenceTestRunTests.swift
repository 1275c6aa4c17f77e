// Tests of a configuration, run by the engine itself: what passes, what fails where, and what is no test.

import FoundationEssentials
import Gateway
import Testing

struct PresenceTestRunTests {
  private static let config = """
    plugins:
      chat: { type: chat, tenant: a, token: env:TOKEN, write: { client_id: w } }
      eye: { type: sensor }
      door: { type: lamp }
    routes:
      - from: chat
        to: door
        map: { lunch: beRightBack }
        except: { groups: [Board] }
        hours: { zone: Europe/Berlin, outside: offWork }
      - { from: eye, to: door, priority: 1 }
    merge: { door: latest }
    """

  private func run(_ tests: String) throws -> ConfigTestReport {
    let path =
      FileManager.default.temporaryDirectory.path + "/tests-\(UInt64.random(in: 0...UInt64.max)).yaml"
    try Data(tests.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let loaded = ConfigTest.load(Self.config)
    #expect(loaded.errors == [])
    return loaded.runTests(path)
  }
  private func told(_ problems: [ConfigProblem]) -> [String] {
    problems.map { "\($0.line):\($0.column): \($0.path): \($0.message)" }
  }

  @Test func whatIsAsExpectedPasses() throws {
    let report = try run(
      """
      tests:
        - { name: mapped, given: { chat: lunch }, expect: { door: beRightBack } }
        - { name: nobody, expect: { door: nothing } }
        - { name: the latest, given: { chat: busy, eye: away }, expect: { door: away } }
        - { name: the other way round, given: { eye: away, chat: busy }, expect: { door: busy } }
        - { name: at night, at: 2026-01-07T22:00:00Z, given: { chat: busy }, expect: { door: { activity: offWork } } }
        - { name: left out, person: { groups: [board] }, given: { chat: busy }, expect: { door: nothing } }
        - name: facets
          given: { chat: { availability: busy, activity: brewing, call: connected, note: tea } }
          expect: { door: { availability: busy, activity: brewing, call: connected, note: tea } }
      """)
    #expect(told(report.mistakes) == [])
    #expect(report.results.map(\.name).count == 7)
    for result in report.results { #expect(told(result.failures) == [], "\(result.name)") }
  }

  @Test func whatIsNotFailsAtItsPlace() throws {
    let report = try run(
      """
      tests:
        - { name: fine, given: { chat: busy }, expect: { door: busy } }
        - name: wrong
          given: { chat: lunch }
          expect:
            door: busy
        - name: facets
          given: { chat: lunch }
          expect: { door: { availability: busy, activity: none, call: none, note: tea } }
      """)
    #expect(report.results.map(\.failures.isEmpty) == [true, false, false])
    #expect(
      told(report.results[1].failures) == [
        "6:13: tests[1].expect.door: should show busy, shows away (beRightBack)"
      ])
    #expect(
      told(report.results[2].failures) == [
        "9:21: tests[2].expect.door: should show availability busy, activity none, note tea, shows away (beRightBack)"
      ])
  }

  @Test func whatIsNoTestIsAMistake() throws {
    let report = try run(
      """
      tests:
        - { nam: x, given: { chta: busy, chat: bussy }, expect: { door: { call: loud } }, at: noon }
      """)
    #expect(report.results.isEmpty)
    #expect(
      told(report.mistakes) == [
        "2:5: tests[0].name: is missing", "2:7: tests[0].nam: unknown key (did you mean \"name\"?)",
        "2:24: tests[0].given.chta: unknown key",
        "2:42: tests[0].given.chat: \"bussy\" is no word of presence (did you mean \"busy\"?)",
        "2:75: tests[0].expect.door.call: must be none, ringing, connected, onHold, is loud",
        "2:89: tests[0].at: must be a time such as 2026-01-07T11:00:00Z, is noon",
      ])
  }
}
