// The wall clock as text, without the cost and the size of a date formatter: log lines and HTTP dates need
// it.

import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

struct WallTime: Sendable, Hashable {
  let seconds: Int
  let milliseconds: Int

  init(seconds: Int, milliseconds: Int = 0) {
    self.seconds = seconds
    self.milliseconds = milliseconds
  }

  init(_ date: Date) {
    let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down))
    self.init(seconds: milliseconds / 1000, milliseconds: milliseconds % 1000)
  }

  static func now() -> WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
  }

  /// RFC 3339 in UTC: `2026-03-01T12:00:00.250Z`.
  var rfc3339: String {
    let parts = fields(utc: true)
    let day = "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(parts.tm_mon + 1))-\(pad(parts.tm_mday))"
    return "\(day)T\(clock(parts)).\(pad(milliseconds, 3))Z"
  }

  /// The local time of day, for a person at a terminal: `12:00:00.250`.
  var localTimeOfDay: String { "\(clock(fields(utc: false))).\(pad(milliseconds, 3))" }

  /// RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
  var httpDate: String {
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = fields(utc: true)
    let date = "\(pad(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(pad(Int(parts.tm_year) + 1900, 4))"
    return "\(days[Int(parts.tm_wday)]), \(date) \(clock(parts)) GMT"
  }

  private func fields(utc: Bool) -> tm {
    var parts = tm()
    var time = time_t(seconds)
    if utc { gmtime_r(&time, &parts) } else { localtime_r(&time, &parts) }
    return parts
  }
  private func clock(_ parts: tm) -> String {
    "\(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec))"
  }
  private func pad(_ number: some BinaryInteger, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
