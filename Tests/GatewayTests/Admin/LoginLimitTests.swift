// Passwords cannot be tried fast, and trying them does not keep the administrator out.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct LoginLimitTests {
  private let start = Moment(nanoseconds: 0)

  private let stranger = PeerAddress.v4(1)

  @Test func anAddressHasFiveTriesAMinute() {
    var limit = LoginLimit()
    for _ in 0..<LoginLimit.perAddress {
      #expect(limit.attempt(stranger, now: start) == .after(.zero))
    }
    #expect(limit.attempt(stranger, now: start + .seconds(1)) == .refused(.seconds(59)))
    #expect(limit.attempt(.v4(2), now: start + .seconds(1)) == .after(.zero))
    #expect(limit.attempt(stranger, now: start + .seconds(60)) == .after(.zero))
  }

  @Test(arguments: [PeerAddress.v4(1), .local]) func signingInForgetsTheTries(_ peer: PeerAddress) {
    var limit = LoginLimit()
    for _ in 0..<200 {
      #expect(limit.attempt(peer, now: start) == .after(.zero))
      limit.succeeded(peer)
    }
  }

  @Test func manyAddressesTogetherMakeStrangersWaitAndNobodyElse() {
    var limit = LoginLimit()
    limit.succeeded(.v4(2))
    for number in 0..<LoginLimit.together {
      #expect(limit.attempt(.v6Network(UInt64(number)), now: start) == .after(.zero))
    }
    #expect(limit.attempt(stranger, now: start) == .after(.seconds(1)))
    #expect(limit.attempt(.v4(2), now: start) == .after(.zero))
    for number in 0..<5000 { _ = limit.attempt(.v6Network(1000 + UInt64(number)), now: start) }
    #expect(limit.attempt(.v4(3), now: start) == .after(LoginLimit.longestDelay))
    #expect(limit.attempt(.v4(2), now: start) == .after(.zero))
    #expect(limit.attempt(stranger, now: start + .seconds(60)) == .after(.zero))
  }

  /// Whoever comes by a proxy on this machine has its address.
  @Test func onThisMachineNobodyIsRefusedForOthersAndEverybodyWaits() {
    var limit = LoginLimit()
    limit.succeeded(.local)
    let verdicts = (0..<700).map { _ in limit.attempt(.local, now: start) }
    #expect(verdicts[59] == .after(.zero) && verdicts[60] == .after(.seconds(1)))
    #expect(verdicts.last == .after(LoginLimit.longestDelay))
    #expect(limit.attempt(stranger, now: start) == .after(LoginLimit.longestDelay))
  }

  @Test func notesOfRefusalsAreFew() {
    var notes = RefusalNotes()
    let first = [0, 59, 60].map { notes.isNew("a", now: start + .seconds($0)) }
    #expect(first == [true, false, true])
    let others = (0..<1000).map { notes.isNew("\($0)", now: start + .seconds(61)) }
    #expect(others.count { $0 } == RefusalNotes.limit - 1)
  }
}
