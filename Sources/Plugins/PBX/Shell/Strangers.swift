// Connections that have not logged in: they must neither fill the memory nor keep a PBX out.

import PluginAPI

/// A PBX logs in within moments, so that whoever has waited longest has to go for a newcomer.
struct Strangers: Sendable {
  static let maximum = 64
  /// From one peer. Behind a reverse proxy on this machine everybody may be the same, so that there it does not count.
  static let perPeer = 8

  /// The oldest first.
  private var waiting: [(id: Int, peer: PeerAddress)] = []

  /// Returns who has to go for it.
  mutating func enter(_ id: Int, from address: String) -> Int? {
    let peer = PeerAddress(address)
    let neighbours = waiting.filter { $0.peer == peer }
    let isCrowded = neighbours.count >= Self.perPeer && peer != .local
    let oldest = isCrowded ? neighbours.first?.id : waiting.count >= Self.maximum ? waiting.first?.id : nil
    if let oldest { leave(oldest) }
    waiting.append((id, peer))
    return oldest
  }

  /// It has logged in, or is gone.
  mutating func leave(_ id: Int) { waiting.removeAll { $0.id == id } }
}
