// A simulated PBX as a test meets it: who dials, and which way it does what the documents leave open.

import Sandbox
import Testing

struct PBXPeer: Sendable, CustomTestStringConvertible {
  var direction = PBXDirection.dialsIn
  var manner = "usual"
  var variant: PBXVariant { PBXVariant.named.first { $0.name == manner }?.variant ?? PBXVariant() }
  var testDescription: String { "\(direction.rawValue), \(manner)" }

  /// Both ways of dialling, and everything that is open done one way and the other.
  static let extremes = all(["usual", "otherwise"])
  /// For what takes long: every other journey has a usual PBX that dials in.
  static let others = [
    PBXPeer(direction: .dialsIn, manner: "otherwise"), PBXPeer(direction: .isDialled, manner: "usual"),
  ]
  /// Each open point by itself.
  static let each = all(PBXVariant.named.map(\.name))

  private static func all(_ manners: [String]) -> [PBXPeer] {
    manners.flatMap { manner in PBXDirection.allCases.map { PBXPeer(direction: $0, manner: manner) } }
  }
}
