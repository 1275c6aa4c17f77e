// Graph's dates: up to seven decimals, `Z` or `+00:00`, which no stock parser takes in all their shapes.

import FoundationEssentials

/// The date of a civil UTC time, or nil when a field is out of range.
func utcDate(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Double) -> Date? {
  guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
    (0...59).contains(minute), (0..<61).contains(second)
  else { return nil }
  // Days from civil, http://howardhinnant.github.io/date_algorithms.html
  let y = month <= 2 ? year - 1 : year
  let era = y / 400
  let yearOfEra = y - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  let days = era * 146_097 + dayOfEra - 719_468
  return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60) + second)
}

/// Parses `2026-11-23T09:00:00.0000000Z`, with 0 to 9 decimals and `Z`, `+00:00` or another offset.
func graphDate(_ text: String) -> Date? {
  let halves = text.split(separator: "T", maxSplits: 1)
  guard halves.count == 2 else { return nil }
  let days = halves[0].split(separator: "-").compactMap { Int($0) }
  let clock = halves[1].prefix { $0.isNumber || $0 == ":" || $0 == "." }
  let zone = halves[1][clock.endIndex...]
  let parts = clock.split(separator: ":")
  guard days.count == 3, parts.count == 3, let hour = Int(parts[0]), let minute = Int(parts[1]),
    let second = Double(parts[2]), let date = utcDate(days[0], days[1], days[2], hour, minute, second)
  else { return nil }
  if zone == "Z" || zone == "z" || zone.isEmpty { return date }
  let offset = zone.dropFirst().split(separator: ":").compactMap { Int($0) }
  guard offset.count == 2, (0...23).contains(offset[0]), (0...59).contains(offset[1]), let sign = zone.first,
    sign == "+" || sign == "-"
  else { return nil }
  return date.addingTimeInterval(Double((offset[0] * 60 + offset[1]) * (sign == "+" ? -60 : 60)))
}

/// `2026-11-23T09:00:00.0000000Z`, from 1970 to the end of 9999: what lies outside becomes the nearest.
func graphText(_ date: Date) -> String {
  let exact = min(max(date.timeIntervalSince1970, 0), 253_402_300_799)
  let seconds = Int(exact.rounded(.down))
  let ticks = Int(((exact - Double(seconds)) * 1e7).rounded(.down))
  let (days, second) = (seconds / 86_400, seconds % 86_400)
  let shifted = days + 719_468
  let era = shifted / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  func pad(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
  return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(second / 3600, 2)):"
    + "\(pad(second % 3600 / 60, 2)):\(pad(second % 60, 2)).\(pad(ticks, 7))Z"
}
