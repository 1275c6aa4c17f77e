// One plugin of the configuration at work: what it was made from, and what is bound to this one life.

import PluginAPI

struct PluginInstance: Sendable {
  let id: String
  let type: String
  /// Another number under the same id is another life.
  let number: Int
  let plugin: any Plugin
  /// What its section said when it was made.
  let fingerprint: String
  let sockets = InstanceSockets()
}
