// What simulated people do all day, so that a demonstration looks like a company and a test can be repeated.

/// An endless, seeded sequence of changes: about one for each person in three minutes of working time.
///
/// Time is working time since 09:00 of the first day; a day has nine hours and nights are left out. How fast
/// it passes is the caller's business. Everybody begins with an open, available Teams client and a desk phone
/// at rest. A person's day depends on the seed and the person's number only, not on how many others there
/// are.
public struct WorkingDay: Sendable {
  public struct Event: Sendable, Hashable {
    /// Working time since the beginning.
    public let at: Duration
    public let person: Int
    public let action: Action
  }

  public enum Action: Sendable, Hashable {
    /// The Teams client shows something else.
    case teams(TeamsClientState)
    case deskPhone(DeskPhone)
    /// The person chooses a presence on the phone (RFC 4480 activity or `dnd`; empty: available).
    case pbxPresence(activity: String, note: String)
    /// The calendar connected to the PBX begins or (empty activity) ends an appointment.
    case pbxCalendar(activity: String, note: String)

    public enum DeskPhone: Sendable, Hashable { case rings, talks, rests }
  }

  /// The length of a day: 09:00 to 18:00.
  public static let dayLength = Duration.seconds(9 * 3_600)

  private var agendas: [WorkingAgenda]
  private var queue = WorkingDayQueue()

  public init(people: Int, seed: UInt64) {
    agendas = (0..<people).map { WorkingAgenda(person: $0, seed: seed) }
    for person in agendas.indices { queue.insert(at: agendas[person].next, person: person) }
  }

  /// When the next event is due; nil without people.
  public var nextAt: Duration? { queue.first?.at }

  /// The next event; never ends while there are people.
  public mutating func next() -> Event? {
    guard let (at, person) = queue.removeFirst() else { return nil }
    let action = agendas[person].take()
    queue.insert(at: agendas[person].next, person: person)
    return Event(at: at, person: person, action: action)
  }

  /// What everybody does to be available and at rest again, for a quiet end.
  public func goingHome() -> [(person: Int, action: Action)] {
    agendas.indices.flatMap { person in agendas[person].ending.map { (person, $0) } }
  }

  /// Hour and minute that a clock on the wall would show.
  public static func wallClock(at time: Duration) -> (hour: Int, minute: Int) {
    let minutes = Int(time.components.seconds % dayLength.components.seconds) / 60
    return (9 + minutes / 60, minutes % 60)
  }
}

/// A binary heap: the earliest first, the lower number first at the same time.
struct WorkingDayQueue: Sendable {
  private var heap: [(at: Duration, person: Int)] = []

  var first: (at: Duration, person: Int)? { heap.first }

  mutating func insert(at: Duration, person: Int) {
    heap.append((at, person))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (at: Duration, person: Int)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      let children = (2 * parent + 1..<2 * parent + 3).clamped(to: 0..<heap.count)
      guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else {
        return first
      }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
