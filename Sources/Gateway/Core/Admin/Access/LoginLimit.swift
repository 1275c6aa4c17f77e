// How often a password may be tried: few times for each address, and slower where many addresses try together.

import OpenSSLCrypto
import PluginAPI

#if canImport(Glibc)
  import Glibc
#endif

/// Pure, and bounded however many addresses try. Strangers cannot keep the administrator out: together they only
/// make those wait who have not signed in before from where they are.
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
  private var tries: [String: [Moment]] = [:]
  private var all: [Moment] = []
  /// Who has signed in, the latest last.
  private var known: [String] = []

  /// Whether the next try may be made. It counts at once, so that several at a time are no way around.
  mutating func attempt(_ address: String, now: Moment) -> Verdict {
    let network = Self.network(of: address)
    all.removeAll { now - $0 >= Self.window }
    tries[network]?.removeAll { now - $0 >= Self.window }
    if let own = tries[network], own.count >= Self.perAddress, let first = own.first {
      return .refused(Self.window - (now - first))
    }
    if tries.count >= Self.maxAddresses, tries[network] == nil { makeRoom(now) }
    tries[network, default: []].append(now)
    if known.contains(network) || ListenAddress(host: network, port: 0).isLoopback { return .after(.zero) }
    // More of them make nobody wait longer: what is over is not remembered.
    if all.count < Self.together * Int(Self.longestDelay.inSeconds) { all.append(now) }
    return .after(.seconds(all.count / (Self.together + 1)))
  }

  mutating func succeeded(_ address: String) {
    let network = Self.network(of: address)
    tries[network] = nil
    known.removeAll { $0 == network }
    known.append(network)
    if known.count > Self.maxKnown { known.removeFirst() }
  }

  private mutating func makeRoom(_ now: Moment) {
    tries = tries.filter { now - ($0.value.last ?? now) < Self.window }
    if tries.count >= Self.maxAddresses, let any = tries.keys.first { tries[any] = nil }
  }

  /// One household or company has a whole IPv6 /64, and a new address whenever it likes.
  static func network(of address: String) -> String {
    let plain = address.prefix { $0 != "%" }
    var bytes = in6_addr()
    guard inet_pton(AF_INET6, String(plain), &bytes) == 1 else { return String(plain) }
    let all = withUnsafeBytes(of: &bytes) { Array($0) }
    if all[..<10].allSatisfy({ $0 == 0 }), all[10] == 0xFF, all[11] == 0xFF {
      return all[12...].map(String.init).joined(separator: ".")
    }
    if all[..<15].allSatisfy({ $0 == 0 }) { return "::1" }
    return Hex.encode(Array(all[..<8])) + "/64"
  }
}
