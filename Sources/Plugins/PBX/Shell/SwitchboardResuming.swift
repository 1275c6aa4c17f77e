// When the users may be known by their changes alone, and when everybody is read again.

import FoundationEssentials
import PluginAPI

extension Switchboard {
  /// In seconds, how exactly it is written down until when changes were followed.
  private static let grain = 600.0

  /// How far the users have been read, where that can be resumed from.
  func freshMarks() -> [String: ReplicationMark] {
    guard options.resumeUsers else { return [:] }
    for id in homes.values { follow(id) }
    let date = context.clock.date
    return marks.filter { $0.value.isFresh(at: date, options.resumeLimits) }
  }

  /// The changes have been followed until now by this connection.
  func follow(_ id: Int) {
    guard let domain = lines[id]?.identity?.key.domain, lines[id]?.session.followsUsers == true,
      let followed = marks[domain]?.followedAt
    else { return }
    let date = context.clock.date
    marks[domain]?.followedAt = date
    let (before, after) = (followed.timeIntervalSince1970, date.timeIntervalSince1970)
    if (before / Self.grain).rounded(.down) != (after / Self.grain).rounded(.down) { archive.touchMarks() }
  }

  /// Whoever was deleted while a PBX was away may not have been told: a day later everybody is read again.
  func rereadUsers() {
    let date = context.clock.date
    for (key, id) in homes where lines[id]?.session.resumedUsers == true {
      guard let fullAt = marks[key.domain]?.fullAt,
        date.timeIntervalSince(fullAt) >= options.resumeLimits.rereadEvery.inSeconds
      else { continue }
      perform(lines[id]?.session.readUsersAgain(now) ?? [], on: id)
    }
  }
}
