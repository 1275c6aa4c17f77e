// The digest vectors of the protocol notes: a PBX that computes like the vendor's libraries gets in.

import Testing

@testable import PBX

@Suite struct LoginDigestTests {
  struct Vector: Sendable {
    let login: LoginDigest
    let hex: String
  }

  private static func digest(
    _ app: String, _ domain: String = "", _ sip: String = "", _ guid: String = "", _ dn: String = "",
    info: String? = nil
  ) -> LoginDigest {
    LoginDigest(
      app: app, domain: domain, sip: sip, guid: guid, dn: dn, info: info.map { Array($0.utf8) },
      challenge: "0123456789abcdef")
  }

  static let usersInfo =
    #"{"appobj":"users","apps":[{"name":"users"},{"name":"profile"}],"#
    + #""appurl":"https://1.2.3.4/example.com/usersapp/innovaphone-users","unlicensed":true}"#
  static let gatewayInfo =
    #"{"appobj":"presence-gw","appdn":"Presence Gateway","#
    + #""appurl":"https://gw.example.com/example.com/presence/presence-gateway","pbx":"master","#
    + #""cn":"Presence Gateway","unlicensed":true,"apps":[]}"#
  static let umlautInfo =
    #"{"appobj":"presence-gw","appdn":"Präsenz","#
    + #""appurl":"https://gw.example.com/example.com/presence/presence-gateway","pbx":"master","#
    + #""cn":"Jörg Müller","groups":[],"apps":[{"name":"users"}]}"#

  static let vectors = [
    Vector(
      login: digest("pbxadminapi"), hex: "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1"),
    Vector(
      login: digest("pbxadminapi", info: "{}"),
      hex: "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34"),
    Vector(
      login: digest("pbxadminapi", info: #"{"cn":"Test User"}"#),
      hex: "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d"),
    Vector(
      login: digest(
        "innovaphone-users", "example.com", "administrator", "0123456789abcdef0123456789abcdef",
        "Administrator User", info: usersInfo),
      hex: "ef1b811ffaa8f9255c39c653d8fb26b4687b2d8c4d9ac91b4821bff6bae3ff44"),
    Vector(
      login: digest("microsoft365"), hex: "ddf14ed3d42f4fd8f4818398de71cdd452e95f91c0a35ab2f135e330d3cb9f10"),
    Vector(
      login: digest("microsoft365", info: "{}"),
      hex: "0dbc34e95ee12dc9803500e82140e4bfedb74f80298191b1fa1f967964e42f1c"),
    Vector(
      login: digest(
        "presence-gateway", "example.com", "presence-gw", "8e7ca6fabbc5630170e9009033400109",
        "Presence Gateway",
        info: gatewayInfo),
      hex: "adaf0a8eb7f1e7ae2c6d881384813a0ae18aacf6bb86e8f1c39d18cce5973583"),
    Vector(
      login: digest(
        "presence-gateway", "example.com", "müller", "f48b06484a8a61015853009033400109", "Müller, Jörg",
        info: umlautInfo),
      hex: "99495fae46caf7d39cb79eb98ff313f54fedf67dad38e52150b9bfb0bb70a5b0"),
  ]

  @Test(arguments: vectors) func vectorOfTheNotes(_ vector: Vector) {
    #expect(vector.login.hex(password: "pwd") == vector.hex)
    #expect(vector.login.match(vector.hex, among: ["pwd"]) == 0)
  }

  @Test func anyOfSeveralPasswordsWillDo() {
    let login = Self.vectors[0].login
    #expect(login.match(Self.vectors[0].hex, among: ["newer", "pwd"]) == 1)
    #expect(login.match(Self.vectors[0].hex, among: ["newer"]) == nil)
    #expect(login.match(Self.vectors[0].hex.uppercased(), among: ["pwd"]) == nil)
    #expect(login.match("", among: [""]) == nil)
  }

  @Test func infoIsTakenFromTheRawBytesWhateverTheSpacing() {
    let text = """
      { "mt" : "AppLogin", "a":{"info":{"x":1}}, "b":"\\"info\\":", "info" : { "z\\/" : "a b" ,
        "list":[ 1, {"}":"]"} ], "\\u00e4":"ä" } , "digest":"x" }
      """
    let info = Incoming(Array(text.utf8))?.info
    #expect(info == Array(#"{"z\/":"a b","list":[1,{"}":"]"}],"\u00e4":"ä"}"#.utf8))
  }

  @Test func aMemberThatIsNotThereIsNil() {
    for text in ["{}", "[]", "", #"{"a":{"info":1}}"#, #"["info",1]"#, #"{"x":"info"}"#, #"{"info"}"#] {
      #expect(RawJSON.member("info", of: Array(text.utf8)) == nil)
    }
    #expect(RawJSON.member("info", of: Array(#"{"info":null}"#.utf8)) == Array("null".utf8))
  }

  /// Every cut and many changed bytes of a login: no trap, no endless loop.
  @Test func damagedMessagesAreHarmless() {
    let text = Array(#"{"mt":"AppLogin","info":{"appobj":"a\"b","n":[1,{"x":"\\"}]},"digest":"00"}"#.utf8)
    var generator = SystemRandomNumberGenerator()
    for length in 0...text.count {
      _ = RawJSON.member("info", of: Array(text[..<length]))
      _ = Incoming(Array(text[..<length]))
    }
    for _ in 0..<5000 {
      var damaged = text
      for _ in 0..<3 {
        damaged[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      _ = RawJSON.member("info", of: damaged)
      _ = Incoming(damaged)
    }
  }
}
