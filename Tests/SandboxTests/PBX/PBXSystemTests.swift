// Several PBXs, one company: a change on one is told through all, and faults hold back without losing the
// order.

import NIOCore
import NIOPosix
import Testing

@testable import Sandbox

/// A line that keeps what it was given and lets a test wait for the next message.
final class RecordedLine: PBXLine {
  private let messages: AsyncStream<String>
  private let feed: AsyncStream<String>.Continuation
  private let ends = Locked<[String]>([])
  private let reads: Bool

  init(reads: Bool = true) {
    (messages, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
    self.reads = reads
  }
  func send(_ text: String) -> Bool {
    feed.yield(text)
    return reads
  }
  func flush() {}
  func close(reason: String) { ends.withLock { $0.append(reason) } }

  var closed: [String] { ends.withLock { $0 } }
  func next() async -> String? { await messages.first { _ in true } }
}

@Suite(.timeLimit(.minutes(1))) struct PBXSystemTests {
  private let population = Population(count: 4, seed: 1)

  private func system(_ book: LatencyBook = LatencyBook(people: 4)) -> PBXSystem {
    PBXSystem(
      world: PBXWorld(population: population, pbxs: ["pbx", "slave"]), observer: book,
      on: MultiThreadedEventLoopGroup.singleton.next())
  }

  /// A connection that is logged in, its greeting read.
  private func connect(_ system: PBXSystem, _ name: String, _ line: RecordedLine) async -> Int {
    let settings = PBXSettings(name: name, appURL: PBXConversation.url, password: "pwd")
    let number = await system.open(settings, line: line)
    await system.receive(#"{"mt":"AppChallengeResult","challenge":"1"}"#, on: number)
    await system.receive(#"{"mt":"AppLoginResult","ok":true}"#, on: number)
    for _ in 0..<3 { _ = await line.next() }
    return number
  }
  private func subscribe(_ system: PBXSystem, _ number: Int, _ line: RecordedLine, person: Int) async {
    await system.receive(
      #"{"api":"PbxApi","mt":"SubscribePresence","num":"\#(population.people[person].number)","#
        + #""src":"\#(person)"}"#,
      on: number)
    for _ in 0..<3 { _ = await line.next() }
  }

  @Test func aCallIsToldThroughEveryPBX() async {
    let book = LatencyBook(people: 4)
    let system = system(book)
    let (master, slave) = (RecordedLine(), RecordedLine())
    let first = await connect(system, "pbx", master)
    let second = await connect(system, "slave", slave)
    await subscribe(system, first, master, person: 1)
    await subscribe(system, second, slave, person: 1)
    await system.startCall(person: 1)
    let told = await master.next()
    #expect(told?.contains(#""activity":"on-the-phone""#) == true)
    #expect(await slave.next() == told)
    #expect(book.snapshot().lines[1].pbx == "tel: on-the-phone")
    #expect(await system.visibleState(person: 1) == "tel: on-the-phone")
    #expect(await system.status(of: "slave").subscriptions == 1)
    await system.endCall(person: 1)
    #expect(await master.next()?.contains("on-the-phone") == false)
    await system.choosePresence(person: 1, activity: "lunch", note: "soup")
    #expect(
      await master.next()?.contains(#"{"contact":"tel:","status":"open","activity":"lunch","note":"soup"}"#)
        == true)
    await system.setCalendar(person: 1, activity: "appointment")
    #expect(
      await master.next()?.contains(#"[{"contact":"calendar:","status":"open","activity":"appointment"}"#)
        == true)
  }

  @Test func aLostConnectionLosesItsAlienCallsForEverybody() async {
    let system = system()
    let (master, slave) = (RecordedLine(), RecordedLine())
    let first = await connect(system, "pbx", master)
    let second = await connect(system, "slave", slave)
    await subscribe(system, first, master, person: 1)
    await system.receive(
      #"{"api":"PbxImpersonation","mt":"CreateApi","src":"i","sip":"\#(population.people[1].sip)","#
        + #""target":"PbxApi"}"#,
      on: second)
    await system.receive(#"{"api":"PbxApi.0","mt":"AddAlienCall","src":"c"}"#, on: second)
    #expect(await master.next()?.contains("on-the-phone") == true)
    await system.closed(second, reason: "cut")
    #expect(await master.next()?.contains("on-the-phone") == false)
    #expect(await system.leftovers(contact: "teams:").isEmpty)
    #expect(await system.status(of: "slave").loggedIn == false)
    #expect(await system.status(of: "slave").lastFailure == "cut")
  }

  @Test func aHangingPBXWorksOffWhatPiledUp() async {
    let system = system()
    let line = RecordedLine()
    let number = await connect(system, "pbx", line)
    await subscribe(system, number, line, person: 0)
    var faults = PBXFaults()
    faults.hanging = true
    await system.setFaults(of: "pbx", faults)
    await system.startCall(person: 0)
    await system.receive(#"{"api":"PbxApi","mt":"GetNodeInfo","src":"g"}"#, on: number)
    await system.endCall(person: 0)
    await system.setFaults(of: "pbx", PBXFaults())
    #expect(await line.next()?.contains("on-the-phone") == true)
    #expect(await line.next()?.contains("on-the-phone") == false)
    #expect(await line.next()?.contains("GetNodeInfoResult") == true)
  }

  @Test func aSlowPBXKeepsTheOrder() async {
    let system = system()
    let line = RecordedLine()
    let number = await connect(system, "pbx", line)
    var faults = PBXFaults()
    faults.delay = .milliseconds(30)
    await system.setFaults(of: "pbx", faults)
    let start = NIODeadline.now()
    await system.receive(#"{"api":"PbxApi","mt":"GetNodeInfo","src":"1"}"#, on: number)
    await system.setFaults(of: "pbx", PBXFaults())
    await system.receive(#"{"api":"PbxApi","mt":"GetNodeInfo","src":"2"}"#, on: number)
    #expect(await line.next()?.contains(#""src":"1""#) == true)
    #expect(await line.next()?.contains(#""src":"2""#) == true)
    #expect(NIODeadline.now() - start >= .milliseconds(30))
  }

  @Test func aGatewayThatDoesNotReadIsDropped() async {
    let system = system()
    let line = RecordedLine(reads: false)
    _ = await system.open(PBXSettings(appURL: PBXConversation.url, password: "pwd"), line: line)
    #expect(line.closed == ["the gateway does not read"])
  }

  @Test func administratorsChangeTheTableLive() async {
    let system = system()
    let line = RecordedLine()
    let number = await connect(system, "pbx", line)
    await system.receive(
      #"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r","add":true,"del":true,"#
        + #""columns":{"guid":{},"h323":{}}}"#,
      on: number)
    _ = await line.next()
    for _ in 0..<5 {
      await system.receive(#"{"api":"PbxTableUsers","mt":"ReplicateNext","src":"r"}"#, on: number)
      _ = await line.next()
    }
    #expect(await system.status(of: "pbx").replicatedRows == 4)
    await system.rename(person: 2, sip: "other.name")
    #expect(await line.next()?.contains(#""h323":"other.name""#) == true)
    await system.remove(person: 2)
    #expect(await line.next()?.contains("ReplicateDel") == true)
    #expect(await system.visibleState(person: 2) == nil)
    await system.add(
      PBXUser(guid: "ff", person: 2, sip: "back", cn: "Back", number: "7", mail: .absent, loc: "pbx"))
    #expect(await line.next()?.contains("ReplicateAdd") == true)
    #expect(await system.visibleState(person: 2) == "available")
  }
}
