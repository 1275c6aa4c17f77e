// The rule by which a TZif file goes on after its last transition: `CET-1CEST,M3.5.0,M10.5.0/3` (RFC 8536, section
// 3.3.1).

struct PosixTimeZone: Sendable, Hashable {
  private enum Day: Sendable, Hashable {
    /// The nth (5: the last) weekday of a month, Sunday being 0.
    case weekday(month: Int, week: Int, day: Int)
    /// 1…365, without 29 February.
    case julian(Int)
    /// 0…365, with it.
    case ordinal(Int)
  }
  private struct Change: Sendable, Hashable {
    let day: Day
    /// Seconds of local time, which may lie before or after that day.
    let time: Int
  }
  private let standard: Int
  private let summer: (Summer)?
  private struct Summer: Sendable, Hashable {
    let offset: Int
    let begins: Change
    let ends: Change
  }

  init?(_ text: String) {
    var rest = Substring(text)
    guard Self.name(&rest), let west = Self.time(&rest) else { return nil }
    standard = -west
    guard !rest.isEmpty else {
      summer = nil
      return
    }
    guard Self.name(&rest) else { return nil }
    var offset = standard + 3600
    if rest.first != "," {
      guard let west = Self.time(&rest) else { return nil }
      offset = -west
    }
    guard let begins = Self.change(&rest), let ends = Self.change(&rest), rest.isEmpty else { return nil }
    summer = Summer(offset: offset, begins: begins, ends: ends)
  }

  /// Seconds east of Greenwich.
  func offset(at seconds: Int64) -> Int {
    guard let summer else { return standard }
    let year = Self.year(of: (seconds + Int64(standard)).dividedFloor(by: 86400))
    // Years around it, because a rule's time may reach over New Year.
    for year in (year - 1)...(year + 1) {
      let begin = Self.moment(summer.begins, year: year) - Int64(standard)
      let southern = Self.moment(summer.ends, year: year) - Int64(summer.offset) < begin
      let end = Self.moment(summer.ends, year: southern ? year + 1 : year) - Int64(summer.offset)
      if seconds >= begin && seconds < end { return summer.offset }
    }
    return standard
  }

  // MARK: Days

  private static func moment(_ change: Change, year: Int) -> Int64 {
    let day: Int64
    switch change.day {
    case .weekday(let month, let week, let weekday):
      let first = days(year: year, month: month)
      let firstWeekday = Int((first + 4) - (first + 4).dividedFloor(by: 7) * 7)
      var date = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      let next = month == 12 ? days(year: year + 1, month: 1) : days(year: year, month: month + 1)
      while first + Int64(date) >= next { date -= 7 }
      day = first + Int64(date)
    case .julian(let number):
      let leap = days(year: year, month: 3) - days(year: year, month: 1) == 60
      day = days(year: year, month: 1) + Int64(number - 1) + (leap && number >= 60 ? 1 : 0)
    case .ordinal(let number): day = days(year: year, month: 1) + Int64(number)
    }
    return day * 86400 + Int64(change.time)
  }

  /// Days from 1970-01-01 to the first of the month (the civil calendar, years beginning in March).
  private static func days(year: Int, month: Int) -> Int64 {
    let year = Int64(month <= 2 ? year - 1 : year)
    let era = year.dividedFloor(by: 400)
    let yearOfEra = year - era * 400
    let dayOfYear = Int64((153 * ((month + 9) % 12) + 2) / 5)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func year(of day: Int64) -> Int {
    var year = 1970 + Int(day.dividedFloor(by: 365))
    while days(year: year, month: 1) > day { year -= 1 }
    return year
  }

  // MARK: Parsing

  private static func name(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let letters = rest.prefix { $0.isASCII && $0.isLetter }
    rest = rest.dropFirst(letters.count)
    return letters.count >= 3
  }

  private static func number(_ rest: inout Substring, _ range: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    guard digits.count <= 3, let value = Int(digits), range.contains(value) else { return nil }
    return value
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func time(_ rest: inout Substring) -> Int? {
    let sign = rest.first == "-" ? -1 : 1
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    guard let hours = number(&rest, 0...167) else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] where rest.first == ":" {
      rest = rest.dropFirst()
      guard let part = number(&rest, 0...59) else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }

  private static func change(_ rest: inout Substring) -> Change? {
    guard rest.first == "," else { return nil }
    rest = rest.dropFirst()
    let day: Day
    switch rest.first {
    case "M":
      rest = rest.dropFirst()
      guard let month = number(&rest, 1...12), skipDot(&rest), let week = number(&rest, 1...5),
        skipDot(&rest),
        let weekday = number(&rest, 0...6)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    case "J":
      rest = rest.dropFirst()
      guard let number = number(&rest, 1...365) else { return nil }
      day = .julian(number)
    default:
      guard let number = number(&rest, 0...365) else { return nil }
      day = .ordinal(number)
    }
    guard rest.first == "/" else { return Change(day: day, time: 7200) }
    rest = rest.dropFirst()
    return time(&rest).map { Change(day: day, time: $0) }
  }

  private static func skipDot(_ rest: inout Substring) -> Bool {
    defer { rest = rest.dropFirst() }
    return rest.first == "."
  }
}
