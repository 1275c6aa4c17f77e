// How often a password may be tried: few times for each address, and slower where many tries come together.

import PluginAPI

/// Pure, and bounded however many addresses try. Strangers cannot keep the administrator out: together they only
/// make those wait who have not signed in before from where they are. This machine is where a proxy speaks for many:
/// none of them is refused for another, and none is exempt from waiting.
struct LoginLimit: Sendable {
  enum Verdict: Equatable {
    /// After this much time, which is zero where nobody does harm.
    case after(Duration)
    /// Not before this much time has passed.
    case refused(Duration)
  }
  static let perAddress = 5
  /// From here on strangers wait, one more second for each as many.
  static let together = 60
  static let longestDelay: Duration = .seconds(10)
  static let window: Duration = .seconds(60)
  private static let maxAddresses = 1024
  private static let maxKnown = 64
  private var tries: [PeerAddress: [Moment]] = [:]
  private var all: [Moment] = []
  /// Who has signed in, the latest last; never this machine, which may be anybody.
  private var known: [PeerAddress] = []

  /// Whether the next try may be made. It counts at once, so that several at a time are no way around.
  mutating func attempt(_ peer: PeerAddress, now: Moment) -> Verdict {
    all.removeAll { now - $0 >= Self.window }
    if peer != .local {
      tries[peer]?.removeAll { now - $0 >= Self.window }
      if let own = tries[peer], own.count >= Self.perAddress, let first = own.first {
        return .refused(Self.window - (now - first))
      }
      if tries.count >= Self.maxAddresses, tries[peer] == nil { makeRoom(now) }
      tries[peer, default: []].append(now)
      if known.contains(peer) { return .after(.zero) }
    }
    // More of them make nobody wait longer: what is over is not remembered.
    if all.count <= Self.together * Int(Self.longestDelay.inSeconds) { all.append(now) }
    return .after(.seconds((all.count - 1) / Self.together))
  }

  mutating func succeeded(_ peer: PeerAddress) {
    // Commands that sign in again and again do no harm.
    if !known.contains(peer), !all.isEmpty { all.removeLast() }
    guard peer != .local else { return }
    tries[peer] = nil
    known.removeAll { $0 == peer }
    known.append(peer)
    if known.count > Self.maxKnown { known.removeFirst() }
  }

  private mutating func makeRoom(_ now: Moment) {
    tries = tries.filter { now - ($0.value.last ?? now) < Self.window }
    if tries.count >= Self.maxAddresses, let any = tries.keys.first { tries[any] = nil }
  }
}
