// What a source last said about one of its users: after a restart the merge must know it before the source speaks.

import FoundationEssentials
import PluginAPI

struct SourceRecord: Sendable, Equatable {
  var plugin: String
  var user: UserID
  /// Nil: it is forgotten.
  var presence: Presence?
  /// Since when it has said so.
  var since: Date
}
