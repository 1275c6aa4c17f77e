// Looking up licences: a few at a time, again from time to time, and an error says nothing about the user.

import PluginAPI
import Testing

@testable import PBX

@Suite struct LicenceTests {
  private func answer(_ guid: String, _ more: String) -> Incoming? {
    Incoming(Array(#"{"mt":"CheckAppLicResult","src":"l:\#(guid)"\#(more)}"#.utf8))
  }
  private func asked(_ effects: [LicenceChecks.Effect]) -> [String] {
    effects.compactMap { if case .send(let request) = $0 { request.guid } else { nil } }
  }

  @Test func everybodyIsAskedAboutAFewAtATime() throws {
    var checks = LicenceChecks(licence: "App(x)", answerTimeout: .seconds(15), interval: .seconds(3600))
    var now = Moment(nanoseconds: 0)
    let users = (0..<40).map { UserID("u\($0)") }
    var open = asked(checks.ask(all: users, now: now))
    #expect(open.count == LicenceChecks.window)
    var answered: [UserID: LicenceAnswer] = [:]
    while let guid = open.popLast() {
      let message = try #require(answer(guid, guid == "u7" ? #","error":3"# : #","ok":\#(guid != "u8")"#))
      for effect in checks.handle(message, now: now) ?? [] {
        switch effect {
        case .send(let request): open.append(request.guid ?? "")
        case .answered(let user, let verdict): answered[user] = verdict
        }
      }
      #expect(open.count <= LicenceChecks.window)
    }
    #expect(answered.count == 40)
    #expect(answered["u7"] == .failed("error 3") && answered["u8"] == .missing && answered["u9"] == .licensed)
    #expect(!checks.isBusy)

    now = now + .seconds(59)
    #expect(checks.tick(now).isEmpty)
    now = now + .seconds(1)
    #expect(asked(checks.tick(now)) == ["u7"], "what failed is asked again soon")
    _ = checks.handle(try #require(answer("u7", #","ok":true"#)), now: now)
    now = now + .seconds(3539)
    #expect(checks.tick(now).isEmpty)
    now = now + .seconds(1)
    #expect(asked(checks.tick(now)).count == LicenceChecks.window, "an hour later again")
  }

  @Test func noAnswerIsAFailureAndTheNextIsAsked() {
    var checks = LicenceChecks(licence: "App(x)", answerTimeout: .seconds(15), interval: .seconds(3600))
    let now = Moment(nanoseconds: 0)
    _ = checks.ask(all: (0..<17).map { UserID("u\($0)") }, now: now)
    let effects = checks.tick(now + .seconds(15))
    #expect(
      effects.count { if case .answered(_, .failed("no answer within 15s")) = $0 { true } else { false } }
        == 16)
    #expect(asked(effects).count == 1)
  }

  @Test func whoLeftIsNotReported() {
    var checks = LicenceChecks(licence: "App(x)", answerTimeout: .seconds(15), interval: .seconds(3600))
    _ = checks.ask("a", now: Moment(nanoseconds: 0))
    checks.forget("a")
    let message = answer("a", #","ok":true"#)
    #expect(message.flatMap { checks.handle($0, now: Moment(nanoseconds: 0)) } == [])
  }

  @Test func theTableFollowsTheLicence() async throws {
    let rig = PluginRig([
      "master": "pbx", "license": "App(x)", "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      let pbx = await rig.connect(apis: ["PbxApi", "PbxTableUsers", "PbxAdminApi"])
      await rig.replicate(pbx, [("a", "pbx")])
      let question = await pbx.hear("CheckAppLic")
      #expect(question?.guid == "a" && question?.api == "PbxAdminApi")
      pbx.say(#"{"mt":"CheckAppLicResult","src":"l:a","ok":true}"#)
      await rig.until {
        rig.directory.changes.contains {
          if case .upsert(let users) = $0 { users.map(\.standing) == [.active] } else { false }
        }
      }
      #expect(rig.state("licences") == .ok(detail: nil))
    }
  }

  @Test func withoutTheTickTheMarkIsRed() async throws {
    let rig = PluginRig([
      "master": "pbx", "license": "App(x)", "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      _ = await rig.connect(apis: ["PbxApi", "PbxTableUsers"])
      await rig.until { rig.state("licences") != nil }
      #expect(
        rig.state("licences")
          == .failing(
            reason: "PbxAdminApi is not ticked: licences cannot be looked up",
            remedy: "Tick Admin at the App object, or leave out `license`."))
    }
  }
}
