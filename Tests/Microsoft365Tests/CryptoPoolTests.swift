// The pool: everything runs, not on the caller's thread, and a full backlog refuses instead of growing.

import Testing

@testable import Microsoft365

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(1))) struct CryptoPoolTests {
  @Test func everythingRuns() async {
    let pool = CryptoPool(threads: 2, backlog: 1000)
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...500 { group.addTask { await pool.run { number } ?? 0 } }
      return await group.reduce(0, +)
    }
    #expect(sum == 125_250)
  }

  @Test func aFullBacklogRefuses() async {
    let pool = CryptoPool(threads: 1, backlog: 2)
    // One job holds the only thread until both ends of the pipe have met.
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (input, output) = (ends[0], ends[1])
    let (started, running) = AsyncStream.makeStream(of: Void.self)
    async let held: Int? = pool.run {
      running.yield()
      var byte: UInt8 = 0
      return read(input, &byte, 1)
    }
    for await _ in started { break }
    let results = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<20 { group.addTask { await pool.run { number } } }
      var refused = 0
      var others: [Int?] = []
      for await result in group {
        if result == nil { refused += 1 } else { others.append(result) }
        if refused == 18 { _ = write(output, [1], 1) }
      }
      return (refused, others.count)
    }
    #expect(results == (18, 2))
    #expect(await held == 1)
    close(input)
    close(output)
  }
}
