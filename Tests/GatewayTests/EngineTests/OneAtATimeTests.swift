// Changes that come together are made one after the other.

import Testing

@testable import Gateway

@Suite struct OneAtATimeTests {
  @Test func whoComesLaterBeginsWhenAllBeforeHaveEnded() async {
    let turns = OneAtATime()
    let underWay = Locked(0)
    await withTaskGroup(of: Int.self) { group in
      for number in 0..<50 {
        group.addTask {
          await turns.run {
            #expect(underWay.withLock { $0 } == 0)
            underWay.withLock { $0 += 1 }
            await Task.yield()
            underWay.withLock { $0 -= 1 }
            return number
          }
        }
      }
      var answers: Set<Int> = []
      for await answer in group { answers.insert(answer) }
      #expect(answers == Set(0..<50))
    }
  }
}
