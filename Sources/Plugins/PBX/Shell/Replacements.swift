// Two connections of one PBX end each other in turn, each with a right login: somebody has to notice.

import PluginAPI

struct Replacements: Sendable {
  /// More often than this within a minute is no accident any more.
  static let tolerated = 5
  private static let window = Duration.seconds(60)
  private var times: [PBXKey: [Moment]] = [:]

  /// A connection took the place of another; returns how many have within the last minute.
  mutating func note(_ key: PBXKey, _ now: Moment) -> Int {
    times = times.filter { $0.value.contains { now - $0 < Self.window } }
    let recent = (times[key] ?? []).filter { now - $0 < Self.window } + [now]
    times[key] = recent.suffix(Self.tolerated + 1)
    return recent.count
  }
}
