// Who gets a place and room for a body, and who gives way, without sockets: loopback's are exempt from shares.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct ConnectionTableTests {
  private let asked = Locked<[Int]>([])
  private let a = PeerAddress.v4(1)
  private let b = PeerAddress.v4(2)
  /// Whether those that were asked to give way are gone before the next comes.
  private var closesAtOnce = true
  /// 8 connections, 2 from one address; 800 bytes, 100 from one address.
  private var table = ConnectionTable(
    .changed {
      $0.maxConnections = 8
      $0.maxBufferedBytes = 800
    })

  /// The number, or the word under which a refusal is counted.
  private mutating func add(_ peer: PeerAddress) -> String {
    if closesAtOnce { for id in left { _ = table.remove(id) } }
    let (outcome, leaving) = table.add(from: peer)
    leaving?(.giveWay)
    guard case .success(let id) = outcome else { return outcome.refusal?.reason ?? "" }
    let asked = asked
    _ = table.setControl({ _ in asked.withLock { $0.append(id) } }, of: id)
    return "\(id)"
  }
  private mutating func connect(_ peer: PeerAddress, _ standing: ConnectionRegistry.Standing = .waiting)
    throws -> Int
  {
    let id = try #require(Int(add(peer)))
    if standing != .waiting { table.setStanding(standing, of: id) }
    return id
  }
  private mutating func reserve(_ bytes: Int, _ id: Int) -> Bool {
    let (isGranted, leaving) = table.reserve(bytes, for: id)
    for control in leaving { control(.giveWay) }
    return isGranted
  }
  private var left: [Int] { asked.withLock { $0 } }

  @Test mutating func theOldestThatWaitsMakesRoomWhenAllPlacesAreTaken() throws {
    let all = try (0..<8).map { _ in try connect(.local) }
    table.setStanding(.served, of: all[0])
    table.setStanding(.sending, of: all[1])
    // It has come back from a request: others wait longer.
    table.setStanding(.served, of: all[2])
    table.setStanding(.waiting, of: all[2])
    for _ in 0..<6 { _ = try connect(.local, .served) }
    #expect(left == [3, 4, 5, 6, 7, 2].map { all[$0] })
  }

  @Test mutating func whoseLastAnswerIsOutGoesBeforeWhoWaitsLonger() throws {
    _ = try connect(.local)
    let over = try connect(.local, ConnectionDeadline.Phase.lingering.standing)
    for _ in 0..<7 { _ = try connect(.local, .served) }
    #expect(left == [over])
  }

  @Test mutating func whoSendsABodyIsNextAndWhoIsServedNeverGives() throws {
    let sending = try connect(.local, .sending)
    for _ in 0..<7 { _ = try connect(.local, .served) }
    _ = try connect(.local, .served)
    #expect(left == [sending])
    #expect(add(.local) == "too_many_connections")
    #expect(add(a) == "too_many_connections")
  }

  @Test mutating func whoHasNotClosedYetStillHasASocket() throws {
    closesAtOnce = false
    let first = try connect(.local)
    for _ in 0..<8 { _ = try connect(.local) }
    #expect(left == [first])
    #expect(add(.local) == "too_many_connections")
    #expect(left == [first])
    _ = table.remove(first)
    _ = try connect(.local)
  }

  @Test mutating func anAddressHasItsShareOfPlaces() throws {
    let first = try connect(a)
    _ = try connect(a, .served)
    _ = try connect(a, .served)
    #expect(left == [first])
    #expect(add(a) == "too_many_from_address")
    // Nobody else is concerned, and this machine has no share.
    _ = try connect(b)
    for _ in 0..<4 { _ = try connect(.local) }
    #expect(left == [first])
  }

  @Test mutating func placesAreFreeOnceHoweverTheyAreLeft() throws {
    for _ in 0..<50 {
      let ids = [try connect(a), try connect(a, .served), try connect(a, .served)]
      #expect(left.last == ids[0])
      for id in ids + ids { _ = table.remove(id) }
    }
    for _ in 0..<2 { _ = try connect(a, .served) }
    #expect(add(a) == "too_many_from_address")
  }

  @Test mutating func theSlowestBodyMakesRoomForTheNext() throws {
    let slow = try (0..<3).map { _ in try connect(.local, .sending) }
    for id in slow { #expect(reserve(250, id)) }
    let next = try connect(.local, .sending)
    #expect(reserve(200, next))
    #expect(left == [slow[0]])
    // What it still sends is not taken, and what it had is free only once.
    #expect(!reserve(1, slow[0]))
    table.release(slow[0])
    #expect(reserve(100, next))
    #expect(left == [slow[0]])
    #expect(reserve(1, next))
    #expect(left == [slow[0], slow[1]])
  }

  @Test mutating func theSlowestItselfIsRefusedAndWhatIsAnsweredKeepsItsRoom() throws {
    let answered = try connect(.local, .sending)
    #expect(reserve(700, answered))
    table.setStanding(.served, of: answered)
    let only = try connect(.local, .sending)
    #expect(reserve(100, only))
    #expect(!reserve(1, only))
    #expect(left == [])
    table.release(answered)
    #expect(reserve(700, only))
  }

  @Test mutating func anAddressHasItsShareOfRoom() throws {
    let (slow, quick) = (try connect(a, .sending), try connect(a, .sending))
    #expect(reserve(90, slow))
    #expect(reserve(20, quick))
    #expect(left == [slow])
    #expect(!reserve(90, quick))
    #expect(reserve(100, try connect(b, .sending)))
    #expect(reserve(500, try connect(.local, .sending)))
    #expect(left == [slow])
  }
}

extension Result where Failure == Refusal {
  fileprivate var refusal: Refusal? { if case .failure(let refusal) = self { refusal } else { nil } }
}
