// Addresses that begin alike, such as `10.0.0.0/8`; one address is a network too.

import PluginAPI

struct IPNetwork: Hashable, Sendable {
  private let address: IPAddress
  /// How many of its 128 bits count.
  private let length: Int

  /// Nil: it is none, or it is everybody.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    // IPv4 is written without the bits that are the same in all of it.
    let unwritten = address.v4 != nil && !parts[0].contains(":") ? 96 : 0
    let most = 128 - unwritten
    guard let written = parts.count == 1 ? most : Int(parts[1]), (0...most).contains(written) else {
      return nil
    }
    (self.address, length) = (address, unwritten + written)
    guard length > (address.v4 == nil ? 0 : 96) else { return nil }
  }

  func contains(_ other: IPAddress) -> Bool {
    (address.v4 == nil) == (other.v4 == nil)
      && (address.high ^ other.high) & (.max << max(0, 64 - length)) == 0
      && (address.low ^ other.low) & (.max << min(64, 128 - length)) == 0
  }
}
