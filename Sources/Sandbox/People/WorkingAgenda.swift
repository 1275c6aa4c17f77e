// One person's day: pauses, and episodes that begin something and end it again.

struct WorkingAgenda: Sendable {
  private var random: SeededRandom
  /// What is still to come of the episode, the next step last.
  private var steps: [(at: Duration, action: WorkingDay.Action)] = []
  /// How to undo what the episode has begun so far.
  private(set) var ending: [WorkingDay.Action] = []
  private var now = Duration.zero
  private var daysWithLunch = 0

  init(person: Int, seed: UInt64) {
    var mix = SeededRandom(seed: seed ^ (UInt64(person) &+ 1) &* 0xD134_2543_DE82_EF95)
    random = SeededRandom(seed: mix.next())
    // People are found in the middle of a pause.
    now = .milliseconds(Int.random(in: -Self.pause / 2 * 1_000...0, using: &random))
    plan()
  }

  var next: Duration { max(.zero, steps.last?.at ?? now) }

  mutating func take() -> WorkingDay.Action {
    let step = steps.removeLast()
    now = max(.zero, step.at)
    note(step.action)
    if steps.isEmpty { plan() }
    return step.action
  }

  private mutating func note(_ action: WorkingDay.Action) {
    switch action {
    case .teams(let state): ending = state == .available ? [] : [.teams(.available)]
    case .deskPhone(let phone): ending = phone == .rests ? [] : [.deskPhone(.rests)]
    case .pbxPresence(let activity, _):
      ending = activity.isEmpty ? [] : [.pbxPresence(activity: "", note: "")]
    case .pbxCalendar(let activity, _):
      ending = activity.isEmpty ? [] : [.pbxCalendar(activity: "", note: "")]
    }
  }

  /// Mean seconds between two episodes, chosen so that a change comes every three minutes on average.
  static let pause = 56

  private enum Episode: CaseIterable {
    case deskCall, teamsCall, conference, meeting, focus, backSoon, inactive, outOfOffice
    case phoneDoNotDisturb, phoneAway, appointment

    /// How often it comes, out of 100.
    var weight: Int {
      switch self {
      case .deskCall: 34
      case .teamsCall: 22
      case .conference: 3
      case .meeting: 4
      case .focus: 4
      case .backSoon: 10
      case .inactive: 10
      case .outOfOffice: 1
      case .phoneDoNotDisturb: 4
      case .phoneAway: 6
      case .appointment: 2
      }
    }
  }

  private mutating func plan() {
    let start = now + seconds(Self.pause)
    let day = Int(start / WorkingDay.dayLength)
    let hour = WorkingDay.wallClock(at: max(.zero, start))
    if day >= daysWithLunch, (11 * 60 + 30..<13 * 60 + 30).contains(hour.hour * 60 + hour.minute) {
      daysWithLunch = day + 1
      return set(start, lunch())
    }
    var draw = Int.random(in: 0..<100, using: &random)
    let episode = Episode.allCases.first { episode in
      draw -= episode.weight
      return draw < 0
    }
    set(start, steps(of: episode ?? .deskCall))
  }

  private mutating func set(_ start: Duration, _ episode: [(lasting: Duration, action: WorkingDay.Action)]) {
    var at = start
    steps = episode.map { step in
      defer { at += step.lasting }
      return (at, step.action)
    }.reversed()
  }

  private mutating func lunch() -> [(lasting: Duration, action: WorkingDay.Action)] {
    let length = seconds(2_400)
    return Bool.random(using: &random)
      ? [
        (length, .pbxPresence(activity: "lunch", note: "Mittagspause – back soon")),
        (.zero, .pbxPresence(activity: "", note: "")),
      ]
      : [(length, .teams(.away)), (.zero, .teams(.available))]
  }

  private mutating func steps(of episode: Episode) -> [(lasting: Duration, action: WorkingDay.Action)] {
    switch episode {
    case .deskCall: deskCall()
    case .teamsCall: teams(.inACall, 180)
    case .conference: teams(.inAConferenceCall, 720)
    case .meeting:
      [
        (seconds(500), .teams(.inAMeeting)), (seconds(400), .teams(.presenting)),
        (seconds(400), .teams(.inAMeeting)), (.zero, .teams(.available)),
      ]
    case .focus: teams(Bool.random(using: &random) ? .focusing : .doNotDisturb, 720)
    case .backSoon: teams(.beRightBack, 180)
    case .inactive: teams(.away, 240)
    case .outOfOffice: teams(.outOfOffice, 1_200)
    case .phoneDoNotDisturb:
      [
        (seconds(480), .pbxPresence(activity: "dnd", note: "")),
        (.zero, .pbxPresence(activity: "", note: "")),
      ]
    case .phoneAway:
      [
        (seconds(240), .pbxPresence(activity: "away", note: "back soon")),
        (.zero, .pbxPresence(activity: "", note: "")),
      ]
    case .appointment:
      [
        (seconds(720), .pbxCalendar(activity: "appointment", note: "Busy until later #busy")),
        (.zero, .pbxCalendar(activity: "", note: "")),
      ]
    }
  }

  private mutating func teams(
    _ state: TeamsClientState, _ mean: Int
  ) -> [(lasting: Duration, action: WorkingDay.Action)] {
    [(seconds(mean), .teams(state)), (.zero, .teams(.available))]
  }

  /// Half of the calls come in; one in seven of those is not answered.
  private mutating func deskCall() -> [(lasting: Duration, action: WorkingDay.Action)] {
    let talk: [(lasting: Duration, action: WorkingDay.Action)] = [
      (seconds(150), .deskPhone(.talks)), (.zero, .deskPhone(.rests)),
    ]
    guard Bool.random(using: &random) else { return talk }
    let ringing = (lasting: seconds(12), action: WorkingDay.Action.deskPhone(.rings))
    return Int.random(in: 0..<7, using: &random) == 0 ? [ringing, talk[1]] : [ringing] + talk
  }

  /// Spread evenly around the mean, in whole milliseconds: the same on every machine.
  private mutating func seconds(_ mean: Int) -> Duration {
    .milliseconds(Int.random(in: mean * 250...mean * 1_750, using: &random))
  }
}
