// A user's own entry must be safe before it is written over, however slow the store is.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

extension Switchboard {
  fileprivate func lend(_ own: [UserID: String]) {
    loans.take(
      own.mapValues { word in
        BorrowedEntry(own: ContactEntry(activity: word, note: ""), ours: [])
      })
  }
}

@Suite(.timeLimit(.minutes(1))) struct LoanKeepingTests {
  @Test func aSlowWriteOfAnOlderSliceDoesNotOvertakeANewerOne() async {
    let (calls, isOpen) = (Locked(0), Locked(false))
    let state = MemoryState { _ in
      let number = calls.withLock { count in
        count += 1
        return count
      }
      if number == 1 { _ = await eventually { isOpen.withLock { $0 } } }
    }
    let switchboard = PluginRig(state: state).plugin.switchboard
    // Of two slices: the first hangs while the second changes.
    await switchboard.lend(["a": "lunch", "b": "lunch"])
    let first = Task { await switchboard.keepLoans() }
    #expect(await eventually { calls.withLock { $0 } == 1 })
    await switchboard.lend(["a": "away", "b": "away"])
    let second = Task { await switchboard.keepLoans() }
    for _ in 0..<200 { await Task.yield() }
    isOpen.withLock { $0 = true }
    await first.value
    await second.value
    var book = LoanBook()
    for value in state.values.values { book.recall(value) }
    #expect(book.all.mapValues(\.own.activity) == ["a": "away", "b": "away"])
  }
}
