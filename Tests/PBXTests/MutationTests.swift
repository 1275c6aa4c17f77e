// Messages with random damage, before and after the login: nothing a stranger or a broken PBX sends may end the process
// or make it send without bound. `make fuzz` looks for longer.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite struct MutationTests {
  static let messages = [
    #"{"mt":"AppChallenge"}"#, PBXText.login(challenge: "0123456789abcdef"),
    PBXText.info(pbx: "pbx", apis: ["PbxApi", "PbxTableUsers", "PbxAdminApi", "RCC"]),
    #"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":7}"#,
    PBXText.row("ReplicateNextResult", src: "r1", guid: "u", more: #","grps":[{"name":"g"}],"usn":3"#),
    PBXText.row("ReplicateDel", src: "r1", guid: "u"), #"{"mt":"ReplicateNextResult","src":"r1"}"#,
    #"{"mt":"PresenceState","src":"p:u","up":true}"#,
    PBXText.presence("u", #"{"contact":"tel:","activity":"busy","note":"x #until:15 y"}"#),
    #"{"mt":"SetPresenceResult","src":"w1:u","error":1}"#,
    #"{"mt":"CreateApiResult","src":"i1:u","target":"PbxApi.0"}"#,
    #"{"api":"PbxApi.0","mt":"AddAlienCallResult","src":"c2:u","id":17}"#,
    #"{"api":"PbxApi.0","mt":"DelAlienCallResult","src":"d3:u"}"#,
    #"{"mt":"CheckAppLicResult","src":"l:u","ok":true}"#,
    #"{"mt":"MonitorUnallowedAdd","user":"sip-u","srcs":[{"name":"presence-gw"}]}"#,
    #"{"mt":"InitializeResult","src":"q","api":"RCC"}"#,
    #"{"mt":"CallAdd","api":"RCC","guid":"u","call":9223372036854775807,"state":-9223372036854775808}"#,
    #"{"mt":"CallUpdate","api":"RCC","call":7,"msg":"r-conn"}"#, #"{"mt":"CallDel","api":"RCC","call":7}"#,
  ].map { Array($0.utf8) }

  private static let marks = Array(#""\{}[]:,0-e "#.utf8)

  private func damaged(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var text = text
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      guard !text.isEmpty else { break }
      let place = text.indices.randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<6, using: &random) {
      case 0: text[place] = UInt8.random(in: 0...255, using: &random)
      case 1: text.remove(at: place)
      case 2: text.insert(Self.marks.randomElement(using: &random) ?? 0, at: place)
      case 3: text.removeSubrange(place...)
      case 4: text.insert(contentsOf: text[place...].prefix(40), at: place)
      default:
        let other = Self.messages.randomElement(using: &random) ?? []
        text.replaceSubrange(place..., with: other.suffix(from: other.count / 2))
      }
    }
    return text
  }

  @Test(arguments: 1...40) func nothingThatIsSaidDoesHarm(_ seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var rig = SessionRig {
      $0.lineState = .rcc
      $0.license = "App(x)"
      $0.contact = seed.isMultiple(of: 2) ? "tel:" : "teams:"
    }
    if !seed.isMultiple(of: 4) {
      rig.connect(apis: ["PbxApi", "PbxTableUsers", "PbxAdminApi", "PbxImpersonation", "RCC"])
    }
    _ = rig.session.watch("u", sip: "sip-u", now: rig.now)
    var sent = 0
    for turn in 0..<500 {
      let text = damaged(Self.messages.randomElement(using: &random) ?? [], &random)
      sent += rig.receive(String(decoding: text, as: UTF8.self)).sent.count
      sent += rig.session.handle(text, now: rig.now).sent.count
      if turn.isMultiple(of: 50) {
        sent +=
          rig.deliver("u", Presence(.away, call: turn.isMultiple(of: 100) ? .connected : .none)).sent.count
        sent += rig.advance(.seconds(1)).sent.count
      }
    }
    #expect(sent < 5000, "seed \(seed): \(sent) messages")
  }
}
