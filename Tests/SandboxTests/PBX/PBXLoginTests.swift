// The login is the first thing a gateway gets wrong: every byte of it counts.

import NIOCore
import Testing

@testable import Sandbox

@Suite struct PBXLoginTests {
  @Test func digestVectorsOfTheVendor() {
    func digest(
      _ app: String, _ domain: String = "", _ sip: String = "", _ guid: String = "", _ dn: String = "",
      info: String? = nil
    ) -> String {
      PBXDigest.make(
        app: app, domain: domain, sip: sip, guid: guid, dn: dn, info: info, challenge: "0123456789abcdef",
        password: "pwd")
    }
    #expect(digest("pbxadminapi") == "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1")
    #expect(
      digest("pbxadminapi", info: "{}") == "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34")
    #expect(
      digest("pbxadminapi", info: #"{"cn":"Test User"}"#)
        == "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d")
    #expect(
      digest(
        "innovaphone-users", "example.com", "administrator", "0123456789abcdef0123456789abcdef",
        "Administrator User",
        info: #"{"appobj":"users","apps":[{"name":"users"},{"name":"profile"}],"#
          + #""appurl":"https://1.2.3.4/example.com/usersapp/innovaphone-users","unlicensed":true}"#)
        == "ef1b811ffaa8f9255c39c653d8fb26b4687b2d8c4d9ac91b4821bff6bae3ff44")
    #expect(digest("microsoft365") == "ddf14ed3d42f4fd8f4818398de71cdd452e95f91c0a35ab2f135e330d3cb9f10")
    #expect(
      digest("microsoft365", info: "{}") == "0dbc34e95ee12dc9803500e82140e4bfedb74f80298191b1fa1f967964e42f1c"
    )
    #expect(
      digest(
        "presence-gateway", "example.com", "presence-gw", "8e7ca6fabbc5630170e9009033400109",
        "Presence Gateway",
        info: #"{"appobj":"presence-gw","appdn":"Presence Gateway","#
          + #""appurl":"https://gw.example.com/example.com/presence/presence-gateway","pbx":"master","#
          + #""cn":"Presence Gateway","unlicensed":true,"apps":[]}"#)
        == "adaf0a8eb7f1e7ae2c6d881384813a0ae18aacf6bb86e8f1c39d18cce5973583")
    #expect(
      digest(
        "presence-gateway", "example.com", "müller", "f48b06484a8a61015853009033400109", "Müller, Jörg",
        info: #"{"appobj":"presence-gw","appdn":"Präsenz","#
          + #""appurl":"https://gw.example.com/example.com/presence/presence-gateway","pbx":"master","#
          + #""cn":"Jörg Müller","groups":[],"apps":[{"name":"users"}]}"#)
        == "99495fae46caf7d39cb79eb98ff313f54fedf67dad38e52150b9bfb0bb70a5b0")
  }

  @Test func logsInAndIntroducesItself() {
    var pbx = PBXConversation()
    #expect(pbx.open() == [#"{"mt":"AppChallenge"}"#])
    // The digest was computed with Python's hashlib.
    #expect(
      pbx.say(#"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#) == [
        #"{"mt":"AppLogin","sip":"microsoft365","guid":"8e7ca6fabbc5630170e9009033400109","#
          + #""dn":"Präsenz/Microsoft 365","#
          + #""digest":"25cd23a324b0c89f02b8cee2db046ad586eebd06cfd945b96743af312ca32345","#
          + #""domain":"contoso.example","#
          + #""app":"innovaphone-microsoft365","#
          + #""info":{"appobj":"microsoft365","appdn":"Präsenz/Microsoft 365","#
          + #""appurl":"https://gw.example.com/contoso.example/microsoft365/innovaphone-microsoft365","#
          + #""pbx":"pbx","cn":"Präsenz/Microsoft 365","unlicensed":true,"apps":[]}}"#
      ])
    #expect(
      pbx.say(#"{"api":"","mt":"AppLoginResult","app":"innovaphone-microsoft365","ok":true}"#) == [
        #"{"mt":"PbxInfo","domain":"contoso.example","pbx":"pbx","pbxDns":"pbx.pbx.example","#
          + #""apis":["PbxApi","PbxTableUsers","PbxImpersonation","PbxAdminApi","RCC"],"version":"14r2","build":"1423000"}"#
      ])
    #expect(pbx.session.isServing)
    #expect(pbx.refusals.isEmpty)
  }

  @Test(arguments: [
    #"{"mt":"AppLoginResult"}"#, #"{"mt":"AppLoginResult","ok":false,"errorText":"no"}"#,
  ])
  func aLoginThatIsNotConfirmedEndsTheConnection(_ answer: String) {
    var pbx = PBXConversation()
    _ = pbx.open()
    _ = pbx.say(#"{"mt":"AppChallengeResult","challenge":"1"}"#)
    #expect(pbx.say(answer).isEmpty)
    #expect(pbx.closed == (answer.contains("no") ? "login refused: no" : "login refused"))
    #expect(pbx.say(#"{"mt":"AppLoginResult","ok":true}"#).isEmpty)
    #expect(!pbx.session.isServing)
  }

  @Test(arguments: [
    #"{"mt":"AppChallengeResult"}"#, #"{"mt":"AppChallengeResult","challenge":""}"#,
    #"{"mt":"AppChallengeResult","challenge":"12345678901234567"}"#,
    #"{"mt":"AppChallengeResult","challenge":"ä"}"#,
  ])
  func aBadChallengeEndsTheConnection(_ answer: String) {
    var pbx = PBXConversation()
    _ = pbx.open()
    #expect(pbx.say(answer).isEmpty)
    #expect(pbx.closed == "AppChallengeResult needs a challenge of 1 to 16 printable ASCII characters")
  }

  @Test func refusesToServeBeforeTheLoginAndWhatIsNotTicked() {
    var early = PBXConversation()
    _ = early.open()
    #expect(early.say(#"{"api":"PbxApi","mt":"GetNodeInfo","src":"1"}"#).isEmpty)
    #expect(early.refusals == ["GetNodeInfo before the login"])

    var pbx = PBXConversation.serving { $0.apis = ["PbxApi"] }
    #expect(pbx.say(#"{"api":"PbxImpersonation","mt":"CreateApi","src":"1"}"#).isEmpty)
    #expect(pbx.say(#"{"api":"PbxApi","mt":"Whatever","src":"1"}"#).isEmpty)
    #expect(pbx.say(#"{"mt":"Whatever"}"#).isEmpty)
    #expect(pbx.say(#"["mt"]"#).isEmpty)
    #expect(pbx.say(#"{"api":"PbxApi","mt":"SetPresence","src":1}"#).isEmpty)
    #expect(
      pbx.refusals == [
        "CreateApi of an API that is not ticked", "not a JSON object with members of the right type",
        "not a JSON object with members of the right type",
      ])
    #expect(pbx.closed == nil)
  }

  @Test func keepsAnIdleConnectionAlive() {
    var pbx = PBXConversation.serving()
    let start = pbx.now
    pbx.now = start + .seconds(29)
    #expect(pbx.heard(pbx.session.tick(now: pbx.now)).isEmpty)
    pbx.now = start + .seconds(30)
    #expect(pbx.heard(pbx.session.tick(now: pbx.now)) == [#"{"mt":"KeepAlive"}"#])
    #expect(pbx.say(#"{"mt":"KeepAlive"}"#).isEmpty)
    #expect(pbx.heard(pbx.session.tick(now: start + .seconds(59))).isEmpty)
  }

  @Test func takesTheAppObjectsURLApart() throws {
    let dial = try #require(
      PBXSettings(appURL: "http://192.168.178.29:5000/fritz.box/go/instance/searchapi", password: "").dial)
    #expect(dial.endpoint.description == "ws://192.168.178.29:5000/fritz.box/go/instance")
    #expect(dial.app == "searchapi")
    #expect(PBXSettings(appURL: "wss://gw/a/b/app.htm", password: "").dial?.app == "app")
    #expect(PBXSettings(appURL: "https://gw.example.com/app", password: "").dial == nil)
    #expect(PBXSettings(appURL: "ftp://gw.example.com/a/app", password: "").dial == nil)
  }

  @Test func redialsWithBackOff() {
    var redial = PBXRedial()
    var pauses: [Duration] = []
    for _ in 0..<8 { pauses.append(redial.next()) }
    #expect(pauses == [0.5, 1, 2, 4, 8, 16, 32, 32].map { .seconds($0) })
    redial.reset()
    #expect(redial.next() == .milliseconds(500))
  }
}
