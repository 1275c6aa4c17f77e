// Under which name a plugin's value stands in the state file.

struct StateName: Sendable, Hashable {
  var plugin: String
  var name: String
  /// Values and secrets are two namespaces.
  var isSecret: Bool
}
