// How far the user table has been read, so that the next reading brings only what changed since.

import FoundationEssentials
import PluginAPI

/// A place in the sequence of changes of one database of the PBX.
struct ReplicationMark: Sendable, Hashable, Codable {
  /// The database: another one means that everything is to be read again.
  var guid: String
  /// The update sequence number of the newest row that was read.
  var usn: Int
  /// When everybody was read last, and until when changes were followed; not told by the PBX.
  var fullAt: Date?
  var followedAt: Date?

  /// (I) Whether a PBX tells deletions from before a reading is not documented: what is too old is not resumed from.
  func isFresh(at now: Date, _ limits: ResumeLimits) -> Bool {
    guard let fullAt, let followedAt else { return false }
    return now.timeIntervalSince(fullAt) < limits.rereadEvery.inSeconds
      && now.timeIntervalSince(followedAt) <= limits.resumeWithin.inSeconds
  }
}

/// How long the users may be known by their changes alone.
struct ResumeLimits: Sendable {
  let resumeWithin: Duration
  let rereadEvery: Duration
}

/// What one reading of the table brought.
struct UserLoad: Sendable, Hashable {
  let rows: [UserRow]
  /// Users that left while, or since, the table was read.
  let removed: [UserID]
  /// Whether these are the changes since the mark; otherwise they are everybody.
  let isDelta: Bool
}
