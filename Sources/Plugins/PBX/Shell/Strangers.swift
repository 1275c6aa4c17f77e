// Connections that have not logged in: they must neither fill the memory nor keep a PBX out.

/// A PBX logs in within moments, so that whoever has waited longest has to go for a newcomer.
struct Strangers: Sendable {
  static let maximum = 64
  /// From one address; of IPv6, from one network of 64 bits. Behind a reverse proxy on this machine everybody has the
  /// same, so that there it does not count.
  static let perNetwork = 8

  /// The oldest first.
  private var waiting: [(id: Int, network: String)] = []

  /// Returns who has to go for it.
  mutating func enter(_ id: Int, from address: String) -> Int? {
    let network = Self.network(of: address)
    let neighbours = waiting.filter { $0.network == network }
    let isCrowded = neighbours.count >= Self.perNetwork && network != Self.loopback
    let oldest = isCrowded ? neighbours.first?.id : waiting.count >= Self.maximum ? waiting.first?.id : nil
    if let oldest { leave(oldest) }
    waiting.append((id, network))
    return oldest
  }

  /// It has logged in, or is gone.
  mutating func leave(_ id: Int) { waiting.removeAll { $0.id == id } }

  static let loopback = "127"

  /// What one peer can be expected to have: an IPv4 address, or the upper half of an IPv6 address.
  static func network(of address: String) -> String {
    let host = RefusalLog.host(address)
    // `::ffff:192.0.2.7` is IPv4.
    let text = host.contains(".") ? host.split(separator: ":").last.map { String($0) } ?? host : host
    if text == "::1" || text.hasPrefix("127.") { return loopback }
    guard text.contains(":"), let gap = text.firstRange(of: "::") else {
      return text.split(separator: ":").prefix(4).joined(separator: ":")
    }
    let (head, tail) = (text[..<gap.lowerBound], text[gap.upperBound...])
    let groups = (head.split(separator: ":"), tail.split(separator: ":"))
    let zeros = Array(repeating: Substring("0"), count: max(0, 8 - groups.0.count - groups.1.count))
    return (groups.0 + zeros + groups.1).prefix(4).joined(separator: ":")
  }
}
