// Two sources and one sink over a restart: who answers first does not win because the other has not answered yet.

import FoundationEssentials
import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct EngineMemoryTests {
  /// One person whom `calendar` and `phone` report, and `board` shows.
  private final class Board {
    var engine: Engine
    var now = Moment.second(1000)
    /// What the store has: what was said, and what the board was last made to show.
    var said: [Int: (Presence, Moment)] = [:]
    var held: Outbox.Remembered?
    /// What the board was asked to show since the last start.
    var asked: [Presence?] = []
    private let setup: EngineSetup

    init(_ merge: Merge) {
      func part(_ id: String, sink: Bool = false) -> EngineSetup.PluginPart {
        .init(
          id: id, hasDirectory: true,
          sink: sink ? .init(limits: Limits(), held: { $0 }, echoes: { _ in [] }) : nil, poll: nil,
          merge: merge)
      }
      setup = EngineSetup(
        plugins: [part("calendar"), part("phone"), part("board", sink: true)],
        routes: [
          .init(from: 0, to: 2, priority: 2, map: { $0 }), .init(from: 1, to: 2, priority: 1, map: { $0 }),
        ], match: [.email], seed: 1)
      engine = Engine(setup, now: now)
      begin()
    }

    private func begin(without gone: Int? = nil) {
      asked = []
      for plugin in setup.plugins.indices {
        engine.apply(.snapshot(plugin == gone ? [] : [user(plugin)]), of: plugin)
        take(engine.rematch(now: now))
      }
    }
    private func user(_ plugin: Int) -> DirectoryUser {
      DirectoryUser(id: id(plugin), displayName: "Ada", identities: [Identity(.email, "ada@example.com")])
    }
    private func id(_ plugin: Int) -> UserID { UserID("user \(plugin)") }

    /// `gone`: where the person has left meanwhile.
    func restart(without gone: Int? = nil) {
      now = now + .seconds(30)
      engine = Engine(setup, now: now)
      if let held { engine.restore(held, user: id(2), sink: 2, now: now) }
      for (plugin, (presence, since)) in said.sorted(by: { $0.key < $1.key }) {
        engine.recall(presence, of: id(plugin), plugin: plugin, since: since)
      }
      begin(without: gone)
    }

    func say(_ plugin: Int, _ presence: Presence) {
      now = now + .seconds(1)
      take(
        engine.apply(
          [PresenceEvent(user: id(plugin), presence: presence, receivedAt: now)], of: plugin, now: now))
    }

    private func take(_ effects: [Engine.Effect]) {
      for effect in effects {
        switch effect {
        case .said(let plugin, _, let presence, let since): said[plugin] = presence.map { ($0, since) }
        case .remember(_, _, let remembered): held = remembered
        case .deliver(let sink, let updates, let shipment):
          asked += updates.map(\.presence)
          let answers = updates.map { _ in DeliveryOutcome.delivered(lease: nil) }
          take(engine.complete(shipment, of: sink, .success(answers), now: now))
        default: break
        }
      }
    }

    var shown: Presence? { engine.outboxes[2]?.entries.first?.delivered }
  }

  @Test func theFirstToAnswerDoesNotWin() {
    let board = Board(.priority)
    board.say(0, Presence(.busy, .inMeeting))
    board.say(1, .away)
    #expect(board.shown == Presence(.busy, .inMeeting))
    board.restart()
    board.say(1, .away)
    #expect(board.asked == [], "the calendar has not answered, but what it said is known")
    board.say(0, Presence(.busy, .inMeeting))
    #expect(board.asked == [])
    board.say(0, .available)
    #expect(board.asked == [nil])
  }

  @Test func whatChangedMeanwhileWins() {
    let board = Board(.busiest)
    board.say(0, Presence(.busy, .inMeeting))
    board.say(1, .away)
    board.restart()
    board.say(0, .available)
    #expect(board.asked == [.away], "the telephone has not answered, but what it said is known")
  }

  @Test func memoryAloneShowsNothing() {
    let board = Board(.busiest)
    board.say(0, .busy)
    // As after an end in good order: nothing of ours is left there.
    board.held = nil
    board.restart()
    #expect(board.asked == [])
    #expect(board.engine.outboxes[2]?.isDecided(0) != true)
  }

  @Test func sinceWhenIsKnownToo() {
    let board = Board(.latest)
    board.say(0, .busy)
    board.say(1, .away)
    #expect(board.shown == .away)
    board.restart()
    board.say(0, .busy)
    #expect(board.asked == [], "it is busy for longer than the other is away")
  }

  @Test func whoHasLeftIsForgotten() {
    let board = Board(.busiest)
    board.say(0, .busy)
    board.say(1, .away)
    board.restart(without: 0)
    #expect(board.said.keys.sorted() == [1], "nothing is kept of those who are gone")
    board.say(1, .away)
    #expect(board.asked == [.away])
  }

  /// Whatever was said, and whoever answers first with the same: nothing is shown that the two did not say together.
  @Test(arguments: Merge.allCases)
  func aRestartInWhichNothingChangesShowsNothingElse(_ merge: Merge) {
    let states = [.available, .busy, .away, .doNotDisturb, .calling, Presence(.away, .lunch)]
    for seed in 0..<300 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let board = Board(merge)
      var last = [Presence.available, .available]
      for _ in 0..<random.int(2...6) {
        let source = random.int(0...1)
        last[source] = random.pick(states)
        board.say(source, last[source])
      }
      for source in 0..<2 where board.said[source] == nil { board.say(source, last[source]) }
      let before = board.shown
      board.restart()
      for source in random.chance(0.5) ? [0, 1] : [1, 0] { board.say(source, last[source]) }
      #expect(board.asked == [], "seed \(seed)")
      #expect(board.shown == before, "seed \(seed)")
    }
  }
}
