// A route's `hours:`: when it passes presence on, and what it says at other times.

import FoundationEssentials
import PluginAPI

struct WorkingHours: Sendable, Hashable {
  enum Weekday: String, Sendable, Hashable, CaseIterable {
    // As they count from a Sunday, which is how the first day of 1970, a Thursday, comes to be 4.
    case sun, mon, tue, wed, thu, fri, sat
    var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  let days: Set<Weekday>
  /// Minutes after midnight, 0…1440. When `from` is later than `to`, the hours go past midnight.
  let from: Int
  let to: Int
  let zone: TimeZoneRules
  /// What is said instead outside these hours; nil: nothing, as if the source had never spoken.
  let outside: Presence?

  func isOpen(at date: Date) -> Bool {
    let seconds = Int64(date.timeIntervalSince1970.rounded(.down))
    let local = seconds + Int64(zone.offset(at: seconds))
    let day = local.dividedFloor(by: 86400)
    let minute = Int((local - day * 86400) / 60)
    func works(_ day: Int64) -> Bool {
      let number = Int((day + 4) - (day + 4).dividedFloor(by: 7) * 7)
      return days.contains(Weekday.allCases[number])
    }
    if from < to { return works(day) && minute >= from && minute < to }
    return works(day) && minute >= from || works(day - 1) && minute < to
  }
}

extension WorkingHours {
  /// `mon-fri`, `mon, wed, sat-sun`; nil when it is none of these.
  static func days(_ text: String) -> Set<Weekday>? {
    var days: Set<Weekday> = []
    for part in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
        Weekday(rawValue: end.filter { $0 != " " })
      }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
        return nil
      }
      var number = first.number
      while true {
        days.insert(Weekday.allCases[number])
        if number == last.number { break }
        number = (number + 1) % 7
      }
    }
    return days
  }

  /// `08:00`, `24:00` as minutes after midnight.
  static func minutes(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count == 2, (1...2).contains(parts[0].utf8.count),
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60,
      hours < 24 || hours == 24 && minutes == 0
    else { return nil }
    return hours * 60 + minutes
  }
}

extension Int64 {
  /// Rounded towards the past, for times before 1970 too.
  func dividedFloor(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
