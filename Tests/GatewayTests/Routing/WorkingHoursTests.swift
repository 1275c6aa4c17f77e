// Working hours by the wall clock of a zone, also on the days when that clock is changed.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct WorkingHoursTests {
  private func hours(_ days: String, _ from: String, _ to: String, _ zone: String = "Europe/Berlin") throws
    -> WorkingHours
  {
    WorkingHours(
      days: try #require(WorkingHours.days(days)), from: try #require(WorkingHours.minutes(from)),
      to: try #require(WorkingHours.minutes(to)), zone: try TimeZoneRules(named: zone), outside: nil)
  }
  private func utc(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test(arguments: [
    // Monday 2026-11-23 in winter (+1), Monday 2026-07-20 in summer (+2).
    ("2026-11-23T06:59:59Z", false), ("2026-11-23T07:00:00Z", true), ("2026-11-23T16:59:59Z", true),
    ("2026-11-23T17:00:00Z", false), ("2026-07-20T05:59:59Z", false), ("2026-07-20T06:00:00Z", true),
    ("2026-11-21T10:00:00Z", false), ("2026-11-22T10:00:00Z", false), ("2026-11-27T10:00:00Z", true),
  ]) func aWorkingDay(_ moment: String, _ isOpen: Bool) throws {
    #expect(try hours("mon-fri", "08:00", "18:00").isOpen(at: try utc(moment)) == isOpen)
  }

  @Test func theNightOnWhichClocksGoForwardAndBack() throws {
    let night = try hours("sun", "02:00", "04:00")
    // 2026-03-29: 02:00 does not exist, 03:00 comes after 01:59:59 (01:00 UTC).
    #expect(
      try ["00:59:59", "01:00:00", "01:59:59", "02:00:00"].map { time in
        night.isOpen(at: try utc("2026-03-29T\(time)Z"))
      } == [false, true, true, false])
    // 2026-10-25: the hour from 02:00 comes twice (00:00 and 01:00 UTC).
    #expect(
      try ["23:59:59", "00:00:00", "01:30:00", "02:59:59", "03:00:00"].map { time in
        night.isOpen(at: try utc("2026-10-\(time == "23:59:59" ? "24" : "25")T\(time)Z"))
      } == [false, true, true, true, false])
  }

  @Test func hoursPastMidnightBelongToTheDayTheyBegin() throws {
    let late = try hours("fri", "22:00", "06:00", "UTC")
    #expect(try late.isOpen(at: utc("2026-11-27T21:59:00Z")) == false)
    #expect(try late.isOpen(at: utc("2026-11-27T22:00:00Z")))
    #expect(try late.isOpen(at: utc("2026-11-28T05:59:00Z")))
    #expect(try late.isOpen(at: utc("2026-11-28T06:00:00Z")) == false)
    #expect(try late.isOpen(at: utc("2026-11-28T22:30:00Z")) == false)
  }

  @Test func daysAndTimesAsWritten() {
    #expect(WorkingHours.days("mon-fri") == [.mon, .tue, .wed, .thu, .fri])
    #expect(WorkingHours.days("Sat - mon, wed") == [.sat, .sun, .mon, .wed])
    for wrong in ["", "monday", "mon-", "mon--fri", "mon;tue"] { #expect(WorkingHours.days(wrong) == nil) }
    #expect(WorkingHours.minutes("8:05") == 485)
    #expect(WorkingHours.minutes("24:00") == 1440)
    for wrong in ["", "8", "24:01", "08:60", "-1:00", "08:5", "008:00"] {
      #expect(WorkingHours.minutes(wrong) == nil, "\(wrong)")
    }
  }
}
