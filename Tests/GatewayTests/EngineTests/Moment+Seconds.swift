// Moments written as seconds since the beginning of a test.

import PluginAPI

extension Moment {
  static func second(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9)) }
  var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension Presence {
  static let busy = Presence(.busy)
  static let doNotDisturb = Presence(.doNotDisturb)
  static let away = Presence(.away)
  /// On the phone.
  static let calling = Presence(.busy, .inCall, call: .connected)
}
