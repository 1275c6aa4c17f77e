// Which calls lead from what Teams holds to what it should hold, their bodies, and how long the result lives.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct TeamsWriteTests {
  static let nothing = TeamsState()
  static let call = TeamsState(session: .inCall)
  static let dnd = TeamsState(preferred: .doNotDisturb)
  static let both = TeamsState(preferred: .doNotDisturb, session: .inCall)
  static let lease = Duration.seconds(600)
  static let fresh = WriteAges(session: .seconds(10), preferred: .seconds(10))

  static let changes: [(TeamsState, TeamsState, [TeamsWrite])] = [
    (nothing, nothing, []),
    (nothing, call, [.setSession(.inCall)]),
    (nothing, dnd, [.setPreferred(.doNotDisturb)]),
    (nothing, both, [.setSession(.inCall), .setPreferred(.doNotDisturb)]),
    (call, nothing, [.clearSession]),
    (dnd, nothing, [.clearPreferred]),
    (both, nothing, [.clearPreferred, .clearSession]),
    (call, both, [.setPreferred(.doNotDisturb)]),
    (dnd, both, [.setSession(.inCall)]),
    (both, dnd, [.clearSession]),
    (both, call, [.clearPreferred]),
    (call, dnd, [.setPreferred(.doNotDisturb), .clearSession]),
    (dnd, TeamsState(preferred: .busy), [.setPreferred(.busy)]),
  ]

  @Test(arguments: changes) func onlyWhatDiffersIsSent(
    _ previous: TeamsState, _ wanted: TeamsState, _ calls: [TeamsWrite]
  ) {
    let plan = TeamsWrite.plan(
      previous: previous, wanted: wanted, cause: .change, ages: Self.fresh, callLease: Self.lease)
    #expect(plan == calls)
  }

  @Test func aRepairEstablishesEverything() {
    func repair(_ wanted: TeamsState) -> [TeamsWrite] {
      TeamsWrite.plan(
        previous: Self.nothing, wanted: wanted, cause: .repair, ages: Self.fresh, callLease: Self.lease)
    }
    #expect(repair(Self.nothing) == [.clearPreferred, .clearSession])
    #expect(repair(Self.call) == [.setSession(.inCall), .clearPreferred])
    #expect(repair(Self.dnd) == [.setPreferred(.doNotDisturb), .clearSession])
    #expect(repair(Self.both) == [.setSession(.inCall), .setPreferred(.doNotDisturb)])
  }

  @Test func aRefreshRepeatsTheCallAndLeavesAYoungPreferredStateAlone() {
    func refresh(_ ages: WriteAges) -> [TeamsWrite] {
      TeamsWrite.plan(
        previous: Self.both, wanted: Self.both, cause: .refresh, ages: ages, callLease: Self.lease)
    }
    #expect(refresh(Self.fresh) == [.setSession(.inCall)])
    let old = WriteAges(session: .seconds(10), preferred: .seconds(13 * 3600))
    #expect(refresh(old) == [.setSession(.inCall), .setPreferred(.doNotDisturb)])
    #expect(refresh(WriteAges()) == [.setSession(.inCall), .setPreferred(.doNotDisturb)])
  }

  @Test func aChangeRepeatsACallThatIsNearlyOver() {
    let old = WriteAges(session: .seconds(400), preferred: nil)
    let plan = TeamsWrite.plan(
      previous: Self.call, wanted: Self.both, cause: .change, ages: old, callLease: Self.lease)
    #expect(plan == [.setSession(.inCall), .setPreferred(.doNotDisturb)])
  }

  @Test func aNoteIsAMessageWhereMessagesAreWritten() {
    func plan(_ previous: Note?, _ wanted: Note?, _ cause: PresenceUpdate.Cause = .change) -> [TeamsWrite] {
      TeamsWrite.plan(
        previous: TeamsState(note: previous), wanted: TeamsState(note: wanted), cause: cause,
        ages: WriteAges(note: .seconds(60)), callLease: Self.lease, writesNotes: true)
    }
    #expect(plan(nil, Note("a")) == [.setNote(Note("a"))])
    #expect(plan(Note("a"), Note("a")) == [])
    #expect(plan(Note("a"), Note("a"), .refresh) == [])
    #expect(plan(Note("a"), Note("b")) == [.setNote(Note("b"))])
    #expect(plan(Note("a"), nil) == [.clearNote])
    #expect(plan(nil, nil, .repair) == [.clearNote, .clearPreferred, .clearSession])
  }

  @Test func leases() {
    func lease(_ held: TeamsState, _ ages: WriteAges) -> Duration? {
      TeamsWrite.lease(held, ages: ages, callLease: Self.lease)
    }
    let now = WriteAges(session: .zero, preferred: .zero)
    #expect(lease(Self.nothing, now) == nil)
    #expect(lease(Self.call, now) == .seconds(540))
    #expect(lease(Self.dnd, now) == .seconds(86_400 - 600))
    #expect(lease(TeamsState(preferred: .away), now) == .seconds(7 * 86_400 - 600))
    #expect(lease(Self.both, now) == .seconds(540))
    // A call that was not repeated is as old as it is.
    #expect(lease(Self.both, WriteAges(session: .seconds(200), preferred: .zero)) == .seconds(340))
    #expect(lease(Self.dnd, WriteAges()) == .seconds(43_200 - 600))
    #expect(lease(Self.call, WriteAges(session: .seconds(9999))) == .seconds(1))
    // Available fades after five minutes, whatever its expiry.
    #expect(lease(TeamsState(session: .available), now) == .seconds(270))
    #expect(lease(TeamsState(preferred: .busy, session: .available), now) == .seconds(270))
    // A message lives a day, or as long as its note.
    #expect(lease(TeamsState(note: Note("x")), WriteAges(note: .zero)) == .seconds(86_400 - 600))
    #expect(lease(TeamsState(note: Note("x", expires: Date())), now) == nil)
  }

  static let bodies: [(TeamsWrite, String, String)] = [
    (
      .setSession(.inCall), "setPresence",
      #"{"activity":"InACall","availability":"Busy","expirationDuration":"PT10M","sessionId":"app"}"#
    ),
    (
      .setSession(.presenting), "setPresence",
      #"{"activity":"Presenting","availability":"DoNotDisturb","expirationDuration":"PT10M","sessionId":"app"}"#
    ),
    (
      .setSession(.away), "setPresence",
      #"{"activity":"Away","availability":"Away","expirationDuration":"PT10M","sessionId":"app"}"#
    ),
    (.clearSession, "clearPresence", #"{"sessionId":"app"}"#),
    (
      .setPreferred(.busy), "setUserPreferredPresence",
      #"{"activity":"Busy","availability":"Busy","expirationDuration":"PT24H"}"#
    ),
    (
      .setPreferred(.doNotDisturb), "setUserPreferredPresence",
      #"{"activity":"DoNotDisturb","availability":"DoNotDisturb","expirationDuration":"PT24H"}"#
    ),
    (
      .setPreferred(.beRightBack), "setUserPreferredPresence",
      #"{"activity":"BeRightBack","availability":"BeRightBack","expirationDuration":"PT168H"}"#
    ),
    (
      .setPreferred(.away), "setUserPreferredPresence",
      #"{"activity":"Away","availability":"Away","expirationDuration":"PT168H"}"#
    ),
    (.clearPreferred, "clearUserPreferredPresence", "{}"),
    (
      .setNote(Note("at lunch", expires: Date(timeIntervalSince1970: 1_800_000_060))), "setStatusMessage",
      #"{"statusMessage":{"expiryDateTime":{"dateTime":"2027-01-15T08:01:00.0000000","timeZone":"UTC"},"#
        + #""message":{"content":"at lunch","contentType":"text"}}}"#
    ),
    (
      .setNote(Note("busy")), "setStatusMessage",
      #"{"statusMessage":{"expiryDateTime":{"dateTime":"2027-01-16T08:00:00.0000000","timeZone":"UTC"},"#
        + #""message":{"content":"busy","contentType":"text"}}}"#
    ),
    (
      .clearNote, "setStatusMessage",
      #"{"statusMessage":{"message":{"content":"","contentType":"text"}}}"#
    ),
  ]

  @Test(arguments: bodies) func requestsAreWhatGraphDocuments(
    _ call: TeamsWrite, _ action: String, _ body: String
  ) {
    let request = call.request(
      user: "u-1", sessionID: "app", callLease: Self.lease, date: Date(timeIntervalSince1970: 1_800_000_000))
    #expect(request.method == "POST")
    #expect(request.target == "/users/u-1/presence/\(action)")
    #expect(String(decoding: request.body ?? [], as: UTF8.self) == body)
  }

  @Test func durationsAsISO() {
    #expect(isoDuration(.seconds(300)) == "PT5M")
    #expect(isoDuration(.seconds(5400)) == "PT1H30M")
    #expect(isoDuration(.seconds(14_400)) == "PT4H")
    #expect(isoDuration(.seconds(330)) == "PT5M30S")
    #expect(isoDuration(.zero) == "PT0S")
  }
}
