// How far the user table has been read, so that the next reading brings only what changed since.

import PluginAPI

/// A place in the sequence of changes of one database of the PBX.
struct ReplicationMark: Sendable, Hashable, Codable {
  /// The database: another one means that everything is to be read again.
  var guid: String
  /// The update sequence number of the newest row that was read.
  var usn: Int
}

/// What one reading of the table brought.
struct UserLoad: Sendable, Hashable {
  var rows: [UserRow] = []
  /// Users that left while, or since, the table was read.
  var removed: [UserID] = []
  /// Whether these are the changes since the mark; otherwise they are everybody.
  var isDelta = false
}
