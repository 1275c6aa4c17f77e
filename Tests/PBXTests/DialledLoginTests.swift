// The gateway dials: what it says to get in, what it takes for a refusal, and when it dials again.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite struct DialledLoginTests {
  private static let settings = DialledSettings(
    app: "microsoft365", password: { "pwd" }, pbx: "pbx", domain: "example.com",
    apis: ["PbxApi", "PbxTableUsers"])

  private func session(_ change: (inout DialledSettings) -> Void = { _ in }) -> PBXSession {
    var settings = Self.settings
    change(&settings)
    return PBXSession(
      SessionSettings(newChallenge: { "never" }, passwords: { ["never"] }), dialled: settings,
      now: Moment(nanoseconds: 0))
  }

  private func say(_ text: String, to session: inout PBXSession) -> [PBXSession.Effect] {
    session.handle(Array(text.utf8), now: Moment(nanoseconds: 0))
  }

  /// The digest is vector 9 of the protocol notes.
  @Test func theNameAndTheDigestAreAllThatIsSent() {
    var session = session()
    #expect(
      session.open().sent.map(\.text) == [Array(#"{"appObj":"microsoft365","mt":"AppChallenge"}"#.utf8)])
    let answer = say(#"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#, to: &session)
    #expect(
      answer.sent.map(\.text) == [
        Array(
          (#"{"app":"microsoft365","digest":"ddf14ed3d42f4fd8f4818398de71cdd452e95f91c0a35ab2f135e330d3cb9f10","#
            + #""mt":"AppLogin"}"#).utf8)
      ])
    #expect(!session.isLoggedIn)
    let accepted = say(#"{"mt":"AppLoginResult","ok":true}"#, to: &session)
    #expect(accepted.sent.map(\.mt) == ["ReplicateStart"], "nothing is waited for that may not come")
    #expect(session.identity?.key == PBXKey(domain: "example.com", pbx: "pbx"))
    #expect(session.identity?.appSIP == "microsoft365")
    #expect(session.writes.canImpersonate == false, "PbxImpersonation is not in `apis`")
    #expect(say(#"{"mt":"PbxInfo","domain":"other","pbx":"other"}"#, to: &session) == [.ignored("PbxInfo")])
    #expect(session.identity?.pbx == "pbx")
  }

  @Test func anOlderPBXIsNotToldTheName() {
    let session = session { $0.namesAppInChallenge = false }
    #expect(session.open().sent.map(\.text) == [Array(#"{"mt":"AppChallenge"}"#.utf8)])
  }

  @Test func aChallengeMayBeANumber() {
    var session = session()
    let answer = say(#"{"mt":"AppChallengeResult","challenge":1234567}"#, to: &session)
    #expect(
      answer.sent.first?.digest == LoginDigest(app: "microsoft365", challenge: "1234567").hex(password: "pwd")
    )
  }

  @Test(arguments: [
    (#"{"mt":"AppLoginResult"}"#, "it does not say why"),
    (#"{"mt":"AppLoginResult","ok":false}"#, "it does not say why"),
    (#"{"mt":"AppLoginResult","ok":false,"error":5}"#, "error 5"),
    (#"{"mt":"AppLoginResult","ok":true,"errorText":"no licence"}"#, "no licence"),
  ]) func onlyAPlainYesIsALogin(_ text: String, _ reason: String) {
    var session = session()
    _ = say(#"{"mt":"AppChallengeResult","challenge":"1"}"#, to: &session)
    #expect(say(text, to: &session) == [.close("the PBX refused the login: \(reason)")])
    #expect(session.isRefused && !session.isLoggedIn)
  }

  @Test func whatIsOutOfTurnIsNoLogin() {
    var session = session()
    #expect(say(#"{"mt":"AppLoginResult","ok":true}"#, to: &session) == [.ignored("AppLoginResult")])
    #expect(say("not json", to: &session) == [.ignored("not JSON")])
    // Who was dialled cannot log in as if it had dialled, with whatever password.
    #expect(say(#"{"mt":"AppChallenge"}"#, to: &session) == [.ignored("AppChallenge")])
    #expect(say(PBXText.login(challenge: "never", password: "never"), to: &session) == [.ignored("AppLogin")])
    #expect(say(#"{"mt":"PbxInfo","pbx":"pbx"}"#, to: &session) == [.ignored("PbxInfo")])
    #expect(!session.isLoggedIn)
    _ = say(#"{"mt":"AppChallengeResult","challenge":"1"}"#, to: &session)
    #expect(
      say(#"{"mt":"AppChallengeResult","challenge":"2"}"#, to: &session) == [.ignored("AppChallengeResult")],
      "one digest for each connection")
    #expect(
      session.tick(Moment(nanoseconds: 0) + .seconds(15)) == [
        .close("the PBX did not answer the login in time")
      ])
    #expect(!session.isRefused)
  }

  @Test func pausesGrowAndOnlyALastingConnectionBeginsAnew() {
    var redial = Redial(longest: .seconds(30))
    let pauses = (0..<8).map { _ in redial.next(jitter: 0) }
    #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    redial.ended(loggedIn: true, after: .seconds(29))
    redial.ended(loggedIn: false, after: .seconds(3000))
    #expect(redial.next(jitter: 1) == .seconds(15), "at most half of it is taken away")
    redial.ended(loggedIn: true, after: .seconds(30))
    #expect(redial.next(jitter: 0) == .milliseconds(500))
  }
}
