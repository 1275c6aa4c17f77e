// An engine between two systems on the bench: Teams tells nobody who caused a state, the PBX does.

import FoundationEssentials
import PluginAPI

@testable import Gateway

final class EngineBench {
  static let teams = 0
  static let pbx = 1
  private static let names = ["teams", "pbx"]

  var engine: Engine
  var now = Moment.second(0)
  private(set) var underWay: [(sink: Int, updates: [PresenceUpdate], shipment: Outbox.Shipment)] = []
  private(set) var polls: [(plugin: Int, users: [UserID])] = []
  private(set) var rosters: [Set<UserID>] = [[], []]
  private(set) var remembered: [UserID: Outbox.Remembered] = [:]
  private(set) var said: [UserID: (presence: Presence, since: Moment)] = [:]
  private(set) var latencies: [(route: Int, seconds: Double)] = []
  private(set) var outcomes: [Engine.Outcome] = []
  private(set) var echoes = 0
  private(set) var pauses: [Pause] = []

  /// `terms` and `map` are of the route from the PBX to Teams; `date` is the wall clock's at the beginning.
  init(
    seed: UInt64 = 1, terms: RouteTerms = RouteTerms(),
    map: @escaping @Sendable (Presence) -> Presence = { $0 },
    date: Date = Date(timeIntervalSince1970: 1_800_000_000)
  ) {
    let limits = Limits(maxBatch: 20, maxInFlight: 20)
    func part(_ plugin: Int, echoes: @escaping @Sendable (Presence) -> [Presence]) -> EngineSetup.PluginPart {
      .init(
        id: Self.names[plugin], hasDirectory: true, sink: .init(limits: limits, held: { $0 }, echoes: echoes),
        poll: plugin == Self.teams ? (Limits(maxBatch: 650), .seconds(600)) : nil)
    }
    let setup = EngineSetup(
      plugins: [part(Self.teams, echoes: { [$0] }), part(Self.pbx, echoes: { _ in [] })],
      routes: [
        .init(from: Self.teams, to: Self.pbx, priority: 0, map: { $0 }),
        .init(from: Self.pbx, to: Self.teams, priority: 0, map: map, terms: terms),
      ], match: [.email], seed: seed)
    engine = Engine(setup, now: now, date: date)
  }

  /// With these people known to both sides, and everybody's first poll answered with nothing.
  convenience init(
    people: Int, terms: RouteTerms = RouteTerms(), map: @escaping @Sendable (Presence) -> Presence = { $0 },
    date: Date = Date(timeIntervalSince1970: 1_800_000_000)
  ) {
    self.init(terms: terms, map: map, date: date)
    publish(Self.teams, 0..<people)
    publish(Self.pbx, 0..<people)
    answerPolls { _ in nil }
  }

  func take(_ effects: [Engine.Effect]) {
    for effect in effects {
      switch effect {
      case .deliver(let sink, let updates, let shipment): underWay.append((sink, updates, shipment))
      case .poll(let plugin, let users): polls.append((plugin, users))
      case .roster(let plugin, let roster): rosters[plugin] = roster.users
      case .remember(_, let user, let what): remembered[user] = what
      case .said(_, let user, let presence, let since): said[user] = presence.map { ($0, since) }
      case .delivered(let route, _, let latency): latencies.append((route, latency.inSeconds))
      case .outcome(_, _, let outcome): outcomes.append(outcome)
      case .echo: echoes += 1
      case .pauses(let now): pauses = now
      }
    }
  }

  static func user(_ plugin: Int, _ number: Int) -> UserID {
    UserID("\(plugin == teams ? "t" : "p")\(number)")
  }
  static func directoryUser(_ plugin: Int, _ number: Int) -> DirectoryUser {
    DirectoryUser(
      id: user(plugin, number), displayName: "\(number)",
      identities: [Identity(.email, "\(number)@example.com")])
  }

  /// What Teams was last asked to show for each of these people, and has accepted.
  func shown(_ numbers: Int...) -> [Presence?] {
    _ = accepted()
    return numbers.map { number in
      engine.tables[Self.teams].slot(of: Self.user(Self.teams, number)).flatMap {
        engine.outboxes[Self.teams]?.entries[$0].delivered
      }
    }
  }

  func publish(_ plugin: Int, _ numbers: some Sequence<Int>) {
    engine.apply(.snapshot(numbers.map { Self.directoryUser(plugin, $0) }), of: plugin)
    take(engine.rematch(now: now))
  }
  func event(_ plugin: Int, _ number: Int, _ presence: Presence, polledAt: Moment? = nil) {
    let event = PresenceEvent(user: Self.user(plugin, number), presence: presence, receivedAt: now)
    take(engine.apply([event], of: plugin, polledAt: polledAt, now: now))
  }
  func advance(_ seconds: Double) {
    let end = now + .nanoseconds(Int64(seconds * 1e9))
    while let wake = engine.nextWake(now: now), wake <= end {
      now = max(now, wake)
      take(engine.tick(now: now))
    }
    now = end
  }
  func answerPolls(_ truth: (UserID) -> Presence?) {
    for poll in polls {
      let events = poll.users.compactMap { user in
        truth(user).map { PresenceEvent(user: user, presence: $0, receivedAt: now) }
      }
      polls.removeFirst()
      take(engine.apply(events, of: poll.plugin, polledAt: now, now: now))
      take(engine.polled(poll.users, of: poll.plugin, nil, now: now))
    }
  }
  func answer(_ result: Result<[DeliveryOutcome], PluginFailure>) {
    let call = underWay.removeFirst()
    take(engine.complete(call.shipment, of: call.sink, result, now: now))
  }
  /// What is under way, and has now been accepted: `teams t0: nothing > busy (change)`.
  func accepted(lease: Duration? = nil) -> [String] {
    var texts: [String] = []
    while let call = underWay.first {
      texts += call.updates.map { update in
        let one = Outbox.Shipment(
          sentAt: now,
          items: [
            .init(slot: 0, value: update.presence, previous: update.previous, cause: update.cause, route: 0)
          ])
        return "\(Self.names[call.sink]) \(update.user)" + one.description.dropFirst()
      }
      answer(.success(Array(repeating: .delivered(lease: lease), count: call.updates.count)))
    }
    return texts
  }
}
