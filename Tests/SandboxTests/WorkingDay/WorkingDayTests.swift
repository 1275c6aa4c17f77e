// A demonstration that cannot be repeated proves nothing: the same seed must make the same days.

import Testing

@testable import Sandbox

@Suite struct WorkingDayTests {
  private func events(people: Int, seed: UInt64, days: Int) -> [WorkingDay.Event] {
    var day = WorkingDay(people: people, seed: seed)
    var events: [WorkingDay.Event] = []
    while let at = day.nextAt, at < WorkingDay.dayLength * days, let event = day.next() {
      events.append(event)
    }
    return events
  }

  @Test(arguments: [0, 1, 42, UInt64.max])
  func theSameSeedMakesTheSameDay(_ seed: UInt64) {
    let once = events(people: 20, seed: seed, days: 1)
    #expect(once == events(people: 20, seed: seed, days: 1))
    #expect(once != events(people: 20, seed: seed &+ 1, days: 1))
    #expect(zip(once, once.dropFirst()).allSatisfy { $0.at <= $1.at })
    // A person's day does not depend on how many others there are.
    #expect(once.filter { $0.person < 5 } == events(people: 5, seed: seed, days: 1))
  }

  @Test func aChangeComesEveryThreeMinutesOfAPersonsDay() {
    let count = events(people: 200, seed: 3, days: 2).count { $0.action != .deskPhone(.rings) }
    let gap = 2 * 9 * 3_600 * 200 / Double(count)
    #expect((165...195).contains(gap), "one change in \(gap) s")
  }

  @Test func everySortOfChangeHappens() {
    let actions = Set(events(people: 100, seed: 9, days: 1).map(\.action))
    let expected: [WorkingDay.Action] = [
      .teams(.inACall), .teams(.inAConferenceCall), .teams(.inAMeeting), .teams(.presenting),
      .teams(.doNotDisturb),
      .teams(.beRightBack), .teams(.away), .teams(.outOfOffice), .teams(.available), .deskPhone(.rings),
      .deskPhone(.talks), .deskPhone(.rests), .pbxPresence(activity: "dnd", note: ""),
    ]
    for action in expected { #expect(actions.contains(action), "\(action)") }
  }

  /// Nobody talks on the desk phone during a meeting or lunch, and everything that begins ends.
  @Test func oneThingAtATime() {
    var busy: [Int: WorkingDay.Action] = [:]
    for event in events(people: 50, seed: 5, days: 3) {
      let side = Self.side(event.action)
      if let current = busy[event.person] {
        #expect(Self.side(current) == side, "\(current) then \(event.action)")
      } else {
        #expect(!Self.ends(event.action), "\(event.action) ends nothing")
      }
      busy[event.person] = Self.ends(event.action) ? nil : event.action
    }
  }

  @Test func lunchIsOnceADayAroundNoon() {
    var lunches: [[Int]: Int] = [:]
    for event in events(people: 100, seed: 8, days: 2) {
      guard case .pbxPresence("lunch", _) = event.action else { continue }
      let (hour, minute) = WorkingDay.wallClock(at: event.at)
      #expect((11 * 60 + 30..<13 * 60 + 30).contains(hour * 60 + minute))
      lunches[[event.person, Int(event.at / WorkingDay.dayLength)], default: 0] += 1
    }
    #expect(lunches.count > 50)
    #expect(lunches.values.allSatisfy { $0 == 1 })
  }

  @Test func goingHomeEndsWhatIsUnderWay() {
    var day = WorkingDay(people: 30, seed: 4)
    var busy: [Int: WorkingDay.Action] = [:]
    for _ in 0..<1_000 {
      guard let event = day.next() else { break }
      busy[event.person] = Self.ends(event.action) ? nil : event.action
    }
    let home = day.goingHome()
    #expect(Set(home.map(\.person)) == Set(busy.keys))
    #expect(
      home.allSatisfy { Self.ends($0.action) && Self.side($0.action) == busy[$0.person].map(Self.side) })
  }

  @Test func theQueueSorts() {
    var queue = WorkingDayQueue()
    var random = SeededRandom(seed: 1)
    for person in 0..<500 {
      queue.insert(at: .seconds(Int.random(in: 0..<50, using: &random)), person: person)
    }
    var taken: [(at: Duration, person: Int)] = []
    while let next = queue.removeFirst() { taken.append(next) }
    #expect(taken.count == 500)
    #expect(zip(taken, taken.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func nobodyDoesNothing() {
    var day = WorkingDay(people: 0, seed: 1)
    #expect(day.nextAt == nil)
    #expect(day.next() == nil)
  }

  private static func side(_ action: WorkingDay.Action) -> String {
    switch action {
    case .teams: "teams"
    case .deskPhone: "phone"
    case .pbxPresence: "presence"
    case .pbxCalendar: "calendar"
    }
  }
  private static func ends(_ action: WorkingDay.Action) -> Bool {
    switch action {
    case .teams(let state): state == .available
    case .deskPhone(let phone): phone == .rests
    case .pbxPresence(let activity, _), .pbxCalendar(let activity, _): activity.isEmpty
    }
  }
}
