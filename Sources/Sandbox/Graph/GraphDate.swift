// The date and duration spellings of the two services: RFC 3339 with seven digits, HTTP dates, ISO 8601
// durations.

import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

enum GraphDate {
  /// `2026-11-23T08:00:00.0000000Z`.
  static func text(_ date: Date) -> String {
    let fraction = date.timeIntervalSince1970 - date.timeIntervalSince1970.rounded(.down)
    return "\(seconds(date)).\(padded(Int(fraction * 1e7), 7))Z"
  }

  /// `2026-11-23T08:00:00`, as in `innerError`.
  static func seconds(_ date: Date) -> String {
    let t = fields(date)
    return "\(day(t))T\(time(t))"
  }

  /// `2026-11-23 08:00:00Z`, as in the token endpoint's errors.
  static func login(_ date: Date) -> String {
    let t = fields(date)
    return "\(day(t)) \(time(t))Z"
  }

  /// `Mon, 23 Nov 2026 08:00:00 GMT` (RFC 9110, section 5.6.7).
  static func http(_ date: Date) -> String {
    let t = fields(date)
    let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = "\(padded(Int(t.tm_mday), 2)) \(months[Int(t.tm_mon)]) \(Int(t.tm_year) + 1900)"
    return "\(weekdays[Int(t.tm_wday)]), \(day) \(time(t)) GMT"
  }

  /// RFC 3339 with 0–7 fractional digits and a zone; nil for anything else.
  static func parse(_ text: String) -> Date? {
    let form =
      #/
      ([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})
      (?:\.([0-9]{1,7}))?(Z|[+-][0-9]{2}:[0-9]{2})
      /#
    guard let match = text.wholeMatch(of: form) else { return nil }
    let (_, year, month, day, hour, minute, second, fraction, zone) = match.output
    var t = tm()
    t.tm_year = Int32(Int(year)! - 1900)
    t.tm_mon = Int32(Int(month)! - 1)
    t.tm_mday = Int32(Int(day)!)
    t.tm_hour = Int32(Int(hour)!)
    t.tm_min = Int32(Int(minute)!)
    t.tm_sec = Int32(Int(second)!)
    guard (0...11).contains(t.tm_mon), (1...31).contains(t.tm_mday), t.tm_hour < 24, t.tm_min < 60,
      t.tm_sec < 61
    else { return nil }
    var offset = 0
    if zone.count == 6 {
      let minutes = Int(zone.dropFirst().prefix(2))! * 60 + Int(zone.suffix(2))!
      offset = (zone.hasPrefix("-") ? -60 : 60) * minutes
    }
    let part = fraction.flatMap { Double("0.\($0)") } ?? 0
    return Date(timeIntervalSince1970: Double(timegm(&t) - offset) + part)
  }

  /// The seconds of an ISO 8601 duration such as `PT5M` or `P1DT2H`; nil when it is none. By hand, because
  /// every write of a presence has one, and a regular expression takes half a millisecond.
  static func duration(_ text: String) -> Double? {
    var rest = Substring(text)
    guard rest.popFirst() == "P" else { return nil }
    var units: [(Character, Double)] = [("D", 86400)]
    var seconds = 0.0
    var isEmpty = true
    var isTime = false
    while !rest.isEmpty {
      if rest.first == "T", !isTime {
        isTime = true
        units = [("H", 3600), ("M", 60), ("S", 1)]
        rest.removeFirst()
        isEmpty = true
      }
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest.removeFirst(digits.count)
      guard digits.first != ".", let number = Double(digits), digits.count <= 12, let unit = rest.popFirst(),
        let index = units.firstIndex(where: { $0.0 == unit }), unit == "S" || !digits.contains(".")
      else { return nil }
      seconds += number * units[index].1
      // Units come once, and in this order.
      units.removeFirst(index + 1)
      isEmpty = false
    }
    return isEmpty ? nil : seconds
  }

  private static func fields(_ date: Date) -> tm {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var result = tm()
    gmtime_r(&seconds, &result)
    return result
  }
  private static func day(_ t: tm) -> String {
    "\(Int(t.tm_year) + 1900)-\(padded(Int(t.tm_mon) + 1, 2))-\(padded(Int(t.tm_mday), 2))"
  }
  private static func time(_ t: tm) -> String {
    "\(padded(Int(t.tm_hour), 2)):\(padded(Int(t.tm_min), 2)):\(padded(Int(t.tm_sec), 2))"
  }
  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
