// Offsets from the system's time zone files, judged by `zdump`, which is not ours.

import FoundationEssentials
import Testing

@testable import Gateway

struct TimeZoneRulesTests {
  /// Both hemispheres, half hours, negative summer time (Dublin), rules of several eras, and none at all.
  static let zones = [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Asia/Kathmandu", "Asia/Tehran",
    "Africa/Casablanca", "Antarctica/Troll", "America/Nuuk", "Asia/Gaza", "UTC",
  ]

  @Test(arguments: zones) func agreesWithZdump(_ zone: String) throws {
    let rules = try TimeZoneRules(named: zone)
    let output = try #require(Program("zdump")).run(["-v", "-c", "1970,2120", zone]).output
    var compared = 0
    for line in output.split(separator: "\n") {
      // Europe/Berlin  Sun Mar 29 00:59:59 2020 UT = Sun Mar 29 01:59:59 2020 CET isdst=0 gmtoff=3600
      let words = line.split(separator: " ")
      guard words.count >= 16, words[6] == "UT", let offset = words.last?.split(separator: "=").last,
        let expected = Int(offset), let seconds = Self.seconds(words)
      else { continue }
      #expect(rules.offset(at: seconds) == expected, "\(line)")
      compared += 1
    }
    if zone == "Europe/Berlin" { #expect(compared > 200) }
  }

  @Test func aSlimFileIsContinuedByItsRule() throws {
    // Version 2 with one transition and the rule of Berlin: all that `zic -b slim` writes for the future.
    let header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
    func counts(_ times: UInt8, _ types: UInt8, _ characters: UInt8) -> [UInt8] {
      [0, 0, 0, times, types, characters].flatMap { [0, 0, 0, $0] }
    }
    let empty = header + counts(0, 1, 1) + [0, 0, 0, 0, 0, 0] + [0]
    let block =
      header + counts(1, 2, 1) + [0, 0, 0, 0, 0, 0, 0, 0] + [1]
      + [0, 0, 0, 0, 0, 0] + [0, 0, 0x0E, 0x10, 0, 0] + [0]
    let footer = Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
    let rules = try TimeZoneRules(name: "slim", tzif: empty + block + footer)
    #expect(rules.offset(at: -1) == 0)
    #expect(rules.offset(at: 0) == 3600)
    // 2026-03-29 01:00 UTC, and 2026-10-25 01:00 UTC.
    #expect([1_774_745_999, 1_774_746_000].map { rules.offset(at: $0) } == [3600, 7200])
    #expect([1_792_889_999, 1_792_890_000].map { rules.offset(at: $0) } == [7200, 3600])
  }

  @Test func everyBrokenFileIsRefused() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
    #expect(throws: TimeZoneRules.Unusable.self) { try TimeZoneRules(name: "x", tzif: []) }
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: TimeZoneRules.Unusable.self) {
        try TimeZoneRules(name: "x", tzif: Array(whole.prefix(length)))
      }
    }
    // Whatever byte is wrong: read or refused, never a trap.
    for index in whole.indices {
      var broken = whole
      broken[index] ^= 0xFF
      _ = (try? TimeZoneRules(name: "x", tzif: broken))?.offset(at: 1_800_000_000)
    }
  }

  @Test(arguments: [
    "", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3x",
  ])
  func aBrokenRuleIsRefused(_ text: String) { #expect(PosixTimeZone(text) == nil) }

  @Test func rulesByDayOfTheYear() throws {
    // Day 60 is 1 March for J, in leap years too; 59 is 29 February of a leap year for the other form.
    let julian = try #require(PosixTimeZone("AAA0BBB,J60/0,J365/0"))
    let ordinal = try #require(PosixTimeZone("AAA0BBB,59/0,364/0"))
    // 2024-02-29 and 2024-03-01, 00:00 UTC.
    #expect([1_709_164_800, 1_709_251_200].map { julian.offset(at: $0) } == [0, 3600])
    #expect([1_709_164_799, 1_709_164_800].map { ordinal.offset(at: $0) } == [0, 3600])
    #expect(PosixTimeZone("<+03>-3")?.offset(at: 0) == 10800)
  }

  @Test(arguments: ["Europe/Berln", "../../etc/passwd", "/etc/passwd", "Europe", "zone.tab", ""])
  func whatIsNoZoneIsRefused(_ name: String) {
    #expect(throws: TimeZoneRules.Unusable.self) { try TimeZoneRules(named: name) }
  }

  // MARK: zdump

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Of `Sun Mar 29 00:59:59 2020`, the second to sixth words.
  private static func seconds(_ words: [Substring]) -> Int64? {
    let clock = words[4].split(separator: ":").compactMap { Int($0) }
    guard let month = months.firstIndex(of: String(words[2])), let day = Int(words[3]), clock.count == 3,
      let year = Int(words[5])
    else { return nil }
    var components = DateComponents()
    (components.year, components.month, components.day) = (year, month + 1, day)
    (components.hour, components.minute, components.second) = (clock[0], clock[1], clock[2])
    components.timeZone = .gmt
    return Calendar(identifier: .gregorian).date(from: components).map { Int64($0.timeIntervalSince1970) }
  }
}
