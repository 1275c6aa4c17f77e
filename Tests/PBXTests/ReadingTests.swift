// What a presence list means, and how subscriptions are opened, repeated and given up.

import FoundationEssentials
import PluginAPI
import Testing

@testable import PBX

@Suite struct ReadingTests {
  struct Case: Sendable {
    let entries: [PresenceEntry]
    let presence: Presence
  }

  static let cases = [
    Case(entries: [], presence: .available),
    Case(entries: [.init(contact: "tel:"), .init(contact: "im:")], presence: .available),
    Case(entries: [.init(contact: "tel:", activity: "away")], presence: Presence(.away)),
    Case(entries: [.init(contact: "tel:", activity: "busy")], presence: Presence(.busy)),
    Case(entries: [.init(contact: "tel:", activity: "dnd")], presence: Presence(.doNotDisturb)),
    Case(entries: [.init(contact: "tel:", activity: "meeting")], presence: Presence(.busy, .inMeeting)),
    Case(
      entries: [.init(contact: "calendar:", activity: "appointment")], presence: Presence(.busy, .appointment)
    ),
    Case(
      entries: [.init(contact: "tel:", activity: "presentation")],
      presence: Presence(.doNotDisturb, .presenting)),
    Case(entries: [.init(contact: "tel:", activity: "lunch")], presence: Presence(.away, .lunch)),
    Case(entries: [.init(contact: "tel:", activity: "dinner")], presence: Presence(.away, .meal)),
    Case(entries: [.init(contact: "tel:", activity: "vacation")], presence: Presence(.away, .vacation)),
    Case(entries: [.init(contact: "tel:", activity: "holiday")], presence: Presence(.away, .holiday)),
    Case(entries: [.init(contact: "tel:", activity: "travel")], presence: Presence(.away, .travel)),
    Case(
      entries: [.init(contact: "tel:", activity: "permanent-absence")],
      presence: Presence(.away, "permanent-absence")),
    Case(entries: [.init(contact: "tel:", activity: "worship")], presence: Presence(.unknown, "worship")),
    // The newest entry that has something to say counts.
    Case(
      entries: [.init(contact: "im:"), .init(contact: "calendar:", activity: "busy", note: "Standup")],
      presence: Presence(.busy, note: Note("Standup"))),
    // A call hides nothing, wherever it stands.
    Case(
      entries: [
        .init(contact: "tel:", activity: "dnd", note: "quiet"),
        .init(contact: "x:", activity: "on-the-phone"),
      ],
      presence: Presence(.doNotDisturb, call: .connected, note: Note("quiet"))),
    Case(
      entries: [.init(contact: "tel:", activity: "on-the-phone")],
      presence: Presence(.available, call: .connected)),
    // What we wrote ourselves is not read.
    Case(
      entries: [.init(contact: "Teams:", activity: "dnd"), .init(contact: "tel:", activity: "away")],
      presence: Presence(.away)),
  ]

  @Test(arguments: cases) func list(_ example: Case) {
    #expect(
      PresenceReading(example.entries, leavingOut: "teams:").presence(callIsOurs: false) == example.presence)
  }

  @Test func hashTagsAreParametersNotText() {
    let text = "Frei bis 14 Uhr #free #until:1524733200000 #next-activity:busy #next:41:5:42:5"
    #expect(
      NoteText.note(text) == Note("Frei bis 14 Uhr", expires: Date(timeIntervalSince1970: 1_524_733_200)))
    #expect(NoteText.note("Room #5") == Note("Room #5"))
    #expect(NoteText.note("#free") == nil)
    #expect(NoteText.note("") == nil)
  }

  @Test func oddEntriesCostOnlyThemselves() {
    let text = #"{"mt":"PresenceUpdate","presence":["x",7,{"contact":"tel:","activity":"busy"},null]}"#
    let entries = Incoming(Array(text.utf8))?.presence ?? []
    #expect(PresenceReading(entries, leavingOut: "teams:").presence(callIsOurs: false) == Presence(.busy))
  }

  @Test func anOddTickCostsOnlyItself() {
    let text = #"{"mt":"PbxInfo","pbx":"pbx","apis":["PbxApi",7,null,{"x":1},"RCC"]}"#
    #expect(Incoming(Array(text.utf8))?.apis == ["PbxApi", "RCC"])
  }

  @Test func theSamePresenceIsReportedOnce() {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    _ = rig.watch("u")
    let busy = PBXText.presence("u", #"{"contact":"tel:","activity":"busy"}"#)
    #expect(rig.receive(busy).reported == [Presence(.busy)])
    #expect(rig.receive(busy).reported == [])
    let own = #"{"contact":"teams:","activity":"dnd"},{"contact":"tel:","activity":"busy"}"#
    #expect(rig.receive(PBXText.presence("u", own)).reported == [])
    #expect(rig.receive(PBXText.presence("stranger", "")) == [])
    let odd = rig.receive(PBXText.presence("u", #"{"contact":"tel:","activity":"worship"}"#))
    #expect(odd.contains(.unknownWord("worship")))
  }

  @Test func subscriptionsAreOpenedAtTheConfiguredRate() {
    var subscriptions = Subscriptions(perSecond: 10, answerTimeout: .seconds(15))
    for index in 0..<30 { subscriptions.add(UserID("u\(index)"), sip: "s\(index)") }
    var now = Moment(nanoseconds: 0)
    #expect(subscriptions.due(now).count == 2)
    var sent = 2
    for _ in 0..<10 {
      now = now + .milliseconds(100)
      sent += subscriptions.due(now).count
    }
    #expect((11...12).contains(sent))
    #expect(subscriptions.isWaiting)
  }

  @Test func aUserWhoStaysSilentIsAskedTwiceAndThenReported() {
    var rig = SessionRig { $0.answerTimeout = .seconds(15) }
    rig.connect(pbx: "slave")
    #expect(rig.session.watch("u", sip: "johndoe", now: rig.now).sent.map(\.sip) == ["johndoe"])
    _ = rig.receive(#"{"mt":"SubscribePresenceResult","src":"p:u","api":"PbxApi"}"#)
    #expect(rig.advance(.seconds(15)).sent.map(\.mt) == ["UnsubscribePresence", "SubscribePresence"])
    #expect(rig.advance(.seconds(15)).sent.map(\.mt).contains("SubscribePresence") == false)
    #expect(rig.session.subscriptions.state(of: "u") == .unseen)
    #expect(rig.session.subscriptions.progress.unseenExamples == ["johndoe"])
    _ = rig.receive(#"{"mt":"PresenceState","src":"p:u","up":true}"#)
    #expect(rig.session.subscriptions.state(of: "u") == .up, "visibility given later is noticed at once")
  }

  @Test func whatIsRefusedOrTakenBackIsAskedAgainLater() {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    _ = rig.session.watch("u", sip: "johndoe", now: rig.now)
    _ = rig.receive(#"{"mt":"SubscribePresenceResult","src":"p:u","error":3,"errorText":"unknown"}"#)
    #expect(rig.session.subscriptions.state(of: "u") == .refused("unknown (error 3)"))
    #expect(rig.advance(.seconds(9)).sent == [])
    #expect(rig.advance(.seconds(1)).sent.map(\.mt) == ["SubscribePresence"])
    _ = rig.receive(#"{"mt":"PresenceState","src":"p:u","up":true}"#)
    _ = rig.receive(#"{"mt":"PresenceState","src":"p:u","up":false}"#)
    #expect(rig.session.subscriptions.state(of: "u") == .down)
    #expect(rig.advance(.seconds(10)).sent.map(\.mt) == ["UnsubscribePresence", "SubscribePresence"])
  }

  /// Whether a repeated `src` replaces the subscription or is one more is not documented.
  @Test func noRepeatLeavesASubscriptionBehind() {
    var subscriptions = Subscriptions(perSecond: 10, answerTimeout: .seconds(15))
    subscriptions.add("u", sip: "johndoe")
    var now = Moment(nanoseconds: 0)
    var open = 0
    var asked = 0
    for _ in 0..<2000 {
      for request in subscriptions.due(now) {
        if request.mt == "SubscribePresence" { asked += 1 }
        open += request.mt == "SubscribePresence" ? 1 : -1
        #expect((0...1).contains(open))
      }
      now = now + .seconds(1)
    }
    #expect(asked > 7)
  }

  @Test func whoLeavesTheRosterIsUnsubscribed() {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    _ = rig.watch("u")
    let effects = rig.session.watch(only: ["v": "sip-v"], now: rig.now)
    #expect(effects.sent.map(\.mt) == ["UnsubscribePresence", "SubscribePresence"])
    #expect(rig.session.subscriptions.count == 1)
  }

  @Test func aRosterThatShrinksIsUnsubscribedAtTheConfiguredRate() {
    var subscriptions = Subscriptions(perSecond: 100, answerTimeout: .seconds(15))
    let users = (0..<9000).map { UserID("u\($0)") }
    for user in users { subscriptions.add(user, sip: "s\(user.rawValue)") }
    var now = Moment(nanoseconds: 0)
    func second() -> [Outgoing] {
      (0..<10).flatMap { _ in
        now = now + .milliseconds(100)
        return subscriptions.due(now)
      }
    }
    for _ in 0..<91 { for request in second() { confirm(request, &subscriptions, now) } }
    #expect(subscriptions.progress.up == 9000)
    for user in users { subscriptions.remove(user) }
    // Who comes back meanwhile is subscribed once the old subscription is ended.
    subscriptions.add(users[8999], sip: "new")
    var ended: [String] = []
    for _ in 0..<92 {
      let requests = second()
      #expect(requests.count <= 122)
      ended += requests.map { "\($0.mt) \($0.sip ?? "")" }
    }
    #expect(ended.count == 9001)
    #expect(ended.suffix(2) == ["UnsubscribePresence su8999", "SubscribePresence new"])
    #expect(!subscriptions.isWaiting)
  }

  private func confirm(_ request: Outgoing, _ subscriptions: inout Subscriptions, _ now: Moment) {
    guard let user = request.src.flatMap(Subscriptions.user(ofSource:)) else { return }
    subscriptions.stateChanged(user, up: true, now: now)
  }
}
