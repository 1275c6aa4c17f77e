// Passwords cannot be tried fast, and trying them does not keep the administrator out.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct LoginLimitTests {
  private let start = Moment(nanoseconds: 0)

  @Test func anAddressHasFiveTriesAMinute() {
    var limit = LoginLimit()
    for _ in 0..<LoginLimit.perAddress {
      #expect(limit.attempt("192.0.2.1", now: start) == .after(.zero))
    }
    #expect(limit.attempt("192.0.2.1", now: start + .seconds(1)) == .refused(.seconds(59)))
    #expect(limit.attempt("192.0.2.2", now: start + .seconds(1)) == .after(.zero))
    #expect(limit.attempt("192.0.2.1", now: start + .seconds(60)) == .after(.zero))
  }

  @Test func signingInForgetsTheTries() {
    var limit = LoginLimit()
    for _ in 0..<20 {
      #expect(limit.attempt("192.0.2.1", now: start) == .after(.zero))
      limit.succeeded("192.0.2.1")
    }
  }

  @Test func manyAddressesTogetherMakeStrangersWaitAndNobodyElse() {
    var limit = LoginLimit()
    limit.succeeded("203.0.113.7")
    for number in 0..<LoginLimit.together {
      #expect(limit.attempt("10.0.0.\(number)", now: start) == .after(.zero))
    }
    #expect(limit.attempt("10.9.9.9", now: start) == .after(.seconds(1)))
    #expect(limit.attempt("203.0.113.7", now: start) == .after(.zero))
    for number in 1...LoginLimit.perAddress {
      #expect(limit.attempt("127.0.0.1", now: start) == .after(.zero), "\(number)")
    }
    for number in 0..<5000 { _ = limit.attempt("10.1.\(number / 250).\(number % 250)", now: start) }
    guard case .after(let delay) = limit.attempt("10.9.9.8", now: start) else {
      Issue.record("however many there are, nobody is refused for others")
      return
    }
    #expect(delay >= .seconds(5) && delay <= LoginLimit.longestDelay)
    #expect(limit.attempt("10.9.9.9", now: start + .seconds(60)) == .after(.zero))
  }

  @Test func addressesOfOneNetworkAreOne() {
    let network = LoginLimit.network
    #expect(network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9"))
    #expect(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"))
    #expect(network("fe80::1%eth0") == network("fe80::2"))
    #expect(network("::ffff:192.0.2.1") == "192.0.2.1")
    #expect(network("192.0.2.1") == "192.0.2.1")
    #expect(network("::1") == "::1")
  }

  @Test func notesOfRefusalsAreFew() {
    var notes = RefusalNotes()
    let first = [0, 59, 60].map { notes.isNew("a", now: start + .seconds($0)) }
    #expect(first == [true, false, true])
    let others = (0..<1000).map { notes.isNew("\($0)", now: start + .seconds(61)) }
    #expect(others.count { $0 } == RefusalNotes.limit - 1)
  }
}
