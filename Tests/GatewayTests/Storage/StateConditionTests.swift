// A full disk stops nothing: it is told with a remedy, and what could not be kept is kept once there is space again.

import CSQLite
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

struct StateConditionTests {
  private func records(_ numbers: Range<Int>) -> [HeldRecord] {
    numbers.map {
      HeldRecord(plugin: "teams", user: UserID("\($0)"), content: .held(.calling, leaseEnds: nil))
    }
  }

  @Test func aFullFileIsToldAndFilledAsSoonAsThereIsSpace() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        let told = Gateway.Locked<[StateCondition]>([])
        store.watch { condition in told.withLock { $0.append(condition) } }
        await store.barrier()
        // No page more than it has: what a full disk looks like to SQLite.
        try store.database.run("PRAGMA max_page_count=1")
        store.record(records(0..<1000))
        await store.barrier()
        let full = SQLiteError(code: SQLITE_FULL, description: "database or disk is full")
        #expect(told.withLock { $0 } == [.sound, .unwritable(full, waiting: 1000)])
        // Everything goes on, and the newest of each counts.
        store.record(records(900..<1100))
        await store.barrier()
        #expect(told.withLock { $0.last } == .unwritable(full, waiting: 1100))
        let name = StateName(plugin: "teams", name: "delta", isSecret: false)
        await store.set([7], for: name)
        #expect(await store.value(name) == [7])

        try store.database.run("PRAGMA max_page_count=100000")
        #expect(await file.clock.pass(within: .seconds(30)) { told.withLock { $0.last } == .sound })
        let kept = try store.load().count
        #expect(kept == 1100)
        #expect(
          file.log.lines == [
            "error: state file cannot be written reason=database or disk is full",
            "notice: state file can be written again",
          ])
      }
    }
  }

  @Test func whatIsLostWithTheProcessIsSaid() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        try store.database.run("PRAGMA max_page_count=1")
        store.record(records(0..<1000))
      }
      #expect(
        file.log.lines.last == "error: state file could not be written to the end file=\(file.path) lost=1001"
      )
    }
  }

  @Test func everyConditionHasItsRemedy() {
    func remedy(_ code: Int32) -> String {
      let error = SQLiteError(code: code, description: "x")
      guard
        case .failing(let reason, let remedy) = StateCondition.unwritable(error, waiting: 3).check(of: "s")
          .state
      else { return "" }
      #expect(reason == "s cannot be written: x; not kept yet: 3")
      return remedy.split(separator: ".").first.map(String.init) ?? ""
    }
    #expect(remedy(SQLITE_FULL) == "Make space on the disk")
    #expect(remedy(SQLITE_READONLY) == "Let the gateway write this file and its folder")
    #expect(remedy(SQLITE_BUSY) == "Another program has locked it: end that one")
    #expect(remedy(SQLITE_CORRUPT).hasPrefix("Restart the gateway"))
    #expect(StateCondition.sound.check(of: "s") == Check("state", .ok(detail: "s"), required: false))
  }
}
