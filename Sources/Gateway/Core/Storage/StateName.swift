// Under which name a plugin's value stands in the state file.

import FoundationEssentials

struct StateName: Sendable, Hashable {
  var plugin: String
  var name: String
  /// Values and secrets are two namespaces.
  var isSecret: Bool
}

extension StateName {
  /// When the file was closed in good order, or exported; nothing while a gateway has it open.
  static let closed = StateName(plugin: GatewayServices.ownID, name: "closed", isSecret: false)
}

extension Date {
  /// Seconds since 1970, as text.
  var stamp: [UInt8] { Array("\(Int(timeIntervalSince1970))".utf8) }
}
