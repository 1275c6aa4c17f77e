// A PBX that is dialled: what lets the gateway in, and each kind of wrong login that does not.

import Testing

@testable import Sandbox

@Suite struct PBXDialledTests {
  private func digest(
    _ challenge: String, app: String = "microsoft365", domain: String = "", password: String = "pwd"
  ) -> String {
    PBXDigest.make(
      app: app, domain: domain, sip: "", guid: "", dn: "", info: nil, challenge: challenge, password: password
    )
  }

  private func challenge(_ pbx: inout PBXConversation, _ text: String = #"{"mt":"AppChallenge"}"#) -> String {
    let answer = pbx.say(text).first ?? ""
    let parts = answer.split(separator: "\"")
    #expect(parts.count > 6 && parts[3] == "AppChallengeResult", "\(answer)")
    return parts.count > 7 ? String(parts[7]) : ""
  }

  @Test func theNameAndTheDigestOpenIt() {
    var pbx = PBXConversation(isDialled: true)
    #expect(pbx.open() == [], "who dials speaks first")
    let first = challenge(&pbx, #"{"mt":"AppChallenge","appObj":"microsoft365"}"#)
    #expect(first.count == 16)
    let answer = pbx.say(#"{"mt":"AppLogin","app":"microsoft365","digest":"\#(digest(first))"}"#)
    #expect(answer == [#"{"mt":"AppLoginResult","app":"microsoft365","ok":true}"#], "and no PbxInfo")
    #expect(pbx.session.isServing)
    let person = pbx.person(0)
    let heard = pbx.say(#"{"api":"PbxApi","mt":"SubscribePresence","sip":"\#(person.sip)","src":"p"}"#)
    #expect(heard.count == 3)
  }

  @Test func whatTheDigestCoversMayBeSentToo() {
    var pbx = PBXConversation(isDialled: true)
    _ = pbx.open()
    let proof = digest(challenge(&pbx), domain: "contoso.example")
    _ = pbx.say(
      #"{"mt":"AppLogin","app":"microsoft365","domain":"contoso.example","digest":"\#(proof)"}"#)
    #expect(pbx.session.isServing)
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let reason: String
    /// Given the digest of the right login and one of a wrong password.
    let login: @Sendable (_ right: String, _ wrong: String) -> String
    var testDescription: String { reason }
  }

  @Test(arguments: [
    Wrong(reason: "wrong digest") { _, wrong in
      #"{"mt":"AppLogin","app":"microsoft365","digest":"\#(wrong)"}"#
    },
    Wrong(reason: "wrong digest") { right, _ in
      #"{"mt":"AppLogin","app":"microsoft365","digest":"\#(right.uppercased())"}"#
    },
    Wrong(reason: "wrong digest") { _, _ in #"{"mt":"AppLogin","app":"microsoft365"}"# },
    Wrong(reason: "wrong digest") { right, _ in
      #"{"mt":"AppLogin","app":"microsoft365","domain":"contoso.example","digest":"\#(right)"}"#
    },
    Wrong(reason: "no App object users") { right, _ in
      #"{"mt":"AppLogin","app":"users","digest":"\#(right)"}"#
    },
    Wrong(reason: "no App object without a name") { right, _ in #"{"mt":"AppLogin","digest":"\#(right)"}"# },
    Wrong(reason: "the session key must never be sent") { right, _ in
      #"{"mt":"AppLogin","app":"microsoft365","digest":"\#(right)","key":"k"}"#
    },
    Wrong(reason: "the login of a user, not of an App object") { right, _ in
      #"{"mt":"AppLogin","app":"microsoft365","digest":"\#(right)","info":{"groups":[]}}"#
    },
    Wrong(reason: "SubscribePresence before the login") { _, _ in
      #"{"api":"PbxApi","mt":"SubscribePresence","sip":"a","src":"p"}"#
    },
  ])
  func nothingElseDoes(_ wrong: Wrong) {
    var pbx = PBXConversation(isDialled: true)
    _ = pbx.open()
    let challenge = challenge(&pbx)
    _ = pbx.say(wrong.login(digest(challenge), digest(challenge, password: "guess")))
    #expect(pbx.refusals == [wrong.reason])
    #expect(!pbx.session.isServing)
  }

  @Test func aChallengeIsGoodForOneLogin() {
    var pbx = PBXConversation(isDialled: true)
    _ = pbx.open()
    let old = challenge(&pbx)
    let new = challenge(&pbx)
    #expect(old != new)
    _ = pbx.say(#"{"mt":"AppLogin","app":"microsoft365","digest":"\#(digest(old))"}"#)
    #expect(pbx.refusals == ["wrong digest"] && pbx.closed != nil)

    var early = PBXConversation(isDialled: true)
    _ = early.open()
    _ = early.say(#"{"mt":"AppLogin","app":"microsoft365","digest":"\#(digest(""))"}"#)
    #expect(early.refusals == ["AppLogin out of turn"])
  }
}
