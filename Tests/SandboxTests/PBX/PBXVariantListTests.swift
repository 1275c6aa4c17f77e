// The list of open points is whole, and each does what it says.

import Testing

@testable import Sandbox

@Suite struct PBXVariantListTests {
  private func points(_ variant: PBXVariant) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: Mirror(reflecting: variant).children.map { ($0.label ?? "", "\($0.value)") })
  }
  private func variant(_ name: String) throws -> PBXVariant {
    try #require(PBXVariant.named.first { $0.name == name }).variant
  }

  @Test func eachNamedVariantDiffersInOnePoint() throws {
    let usual = points(try variant("usual"))
    for (name, variant) in PBXVariant.named where name != "usual" && name != "otherwise" {
      #expect(points(variant).count { usual[$0.key] != $0.value } == 1, "\(name)")
    }
    let otherwise = points(try variant("otherwise"))
    #expect(usual.filter { otherwise[$0.key] == $0.value } == [:], "every point has another way")
    #expect(Set(PBXVariant.named.map(\.variant)).count == PBXVariant.named.count)
  }

  @Test func theTableSpeaksOtherwise() throws {
    var pbx = PBXConversation.serving(variant: try variant("otherwise"))
    let request = #"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r1","columns":{"guid":{},"cn":{}}}"#
    #expect(pbx.say(request.replacing(#""columns""#, with: #""add":true,"del":true,"columns""#)).count == 1)
    #expect(pbx.refusals.count == 1, "nobody may add or delete")
    _ = pbx.say(request)
    let next = #"{"api":"PbxTableUsers","mt":"ReplicateNext","src":"r1"}"#
    for _ in 0..<3 { #expect(pbx.say(next).first?.contains(#""usn":3,"#) == true, "the newest of all") }
    _ = pbx.say(next)
    let guid = pbx.person(0).pbxGUID
    let changed = pbx.meanwhile { $0.rename(guid: guid, displayName: "A") }
    #expect(changed.count == 1 && changed[0].contains(#""cn":"A""#) && !changed[0].contains("usn"))
    #expect(
      pbx.meanwhile { $0.remove(guid: guid) }
        == [#"{"mt":"ReplicateDel","src":"r1","api":"PbxTableUsers","guid":"\#(guid)"}"#])
  }

  @Test func aSourceIsUsedTwiceOrNot() throws {
    for (name, refused) in [("usual", 0), ("no src twice", 1)] {
      var pbx = PBXConversation.serving(variant: try variant(name))
      let request = #"{"api":"PbxApi","mt":"SubscribePresence","src":"p","sip":"\#(pbx.person(0).sip)"}"#
      for _ in 0..<2 { _ = pbx.say(request) }
      #expect(pbx.refusals.count == refused, "\(name)")
    }
  }

  @Test func aDeltaTellsDeletionsFirstLastOrNever() throws {
    for (name, expected) in [
      ("usual", ["ReplicateNextResult row", "ReplicateNextResult", "ReplicateDel"]),
      ("old deletions first", ["ReplicateDel", "ReplicateNextResult row", "ReplicateNextResult"]),
      ("old deletions untold", ["ReplicateNextResult row", "ReplicateNextResult"]),
    ] {
      var pbx = PBXConversation.serving(variant: try variant(name))
      let (first, second) = (pbx.person(0).pbxGUID, pbx.person(1).pbxGUID)
      _ = pbx.meanwhile { $0.rename(guid: first, displayName: "A") }
      _ = pbx.meanwhile { $0.remove(guid: second) }
      _ = pbx.say(
        #"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r1","add":true,"del":true,"columns":{"guid":{}},"#
          + #""guid":"\#(pbx.world.databaseGUID)","usn":3}"#)
      let next = #"{"api":"PbxTableUsers","mt":"ReplicateNext","src":"r1"}"#
      let heard = (pbx.say(next) + pbx.say(next)).map { text in
        if text.contains("ReplicateDel") { return "ReplicateDel" }
        return text.contains("columns") ? "ReplicateNextResult row" : "ReplicateNextResult"
      }
      #expect(heard == expected, "\(name)")
    }
  }
}
