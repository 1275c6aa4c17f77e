// Tells the story of one person: what was said, what became of it on its way, what was sent, what comes next.

import FoundationEssentials
import PluginAPI

extension Engine {
  /// By id, e-mail, UPN, SIP name, number or name; when nothing is exactly that, by a part of it.
  func explain(_ query: String, now: Moment) -> PersonSearch {
    let exact = find(now: now) { $0.lowercased() == query.lowercased() }
    let found = exact.isEmpty ? find(now: now) { $0.lowercased().contains(query.lowercased()) } : exact
    guard found.count <= 1, let (plugin, user) = found.first else {
      if found.isEmpty { return .nobody }
      return .several(
        found.prefix(20).map { plugin, user in
          let name = directories[plugin][user]?.displayName ?? ""
          return "\(setup.plugins[plugin].id) \(user) \(name)"
        })
    }
    return .one(story(of: user, in: plugin, now: now))
  }

  /// The person's whom this user belongs to, or of this user alone.
  func story(of user: UserID, in plugin: Int, now: Moment) -> PersonStory {
    var story = PersonStory(at: date(at: now), name: directories[plugin][user]?.displayName ?? "", users: [])
    guard case .matched(let person) = people.standings[plugin][user] else {
      story.users = [self.user(user, of: plugin)]
      return story
    }
    story.name = people.people[person].name
    for (plugin, user) in people.people[person].users.enumerated() {
      guard let user else { continue }
      story.users.append(self.user(user, of: plugin))
      guard let slot = tables[plugin].slot(of: user) else { continue }
      if !routesFrom[plugin].isEmpty { story.sources.append(source(slot, of: plugin, now: now)) }
      if !routesTo[plugin].isEmpty, outboxes[plugin] != nil {
        story.sinks.append(sink(slot, of: plugin, person: person, now: now))
      }
    }
    story.pauses = routesOf(person).compactMap { pause(of: $0, person: person) }
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    return story
  }

  /// One user for each person who fits, in a fixed order.
  private func find(now: Moment, _ fits: (String) -> Bool) -> [(plugin: Int, user: UserID)] {
    var found: [(plugin: Int, user: UserID)] = []
    var seen: Set<Int> = []
    for plugin in directories.indices {
      let users = directories[plugin].values.filter { user in
        fits(user.id.rawValue) || fits(user.displayName) || user.identities.contains { fits($0.value) }
      }
      for user in users.sorted(by: { $0.id < $1.id }) {
        if case .matched(let person) = people.standings[plugin][user.id], !seen.insert(person).inserted {
          continue
        }
        found.append((plugin, user.id))
      }
    }
    return found
  }

  private func routesOf(_ person: Int) -> [Int] {
    let users = people.people[person].users
    return setup.routes.indices.filter {
      users[setup.routes[$0].from] != nil && users[setup.routes[$0].to] != nil
    }
  }

  private func user(_ id: UserID, of plugin: Int) -> PersonStory.User {
    let known = directories[plugin][id]
    let standing =
      switch people.standings[plugin][id] {
      case .matched: "matched"
      case .unmatched: "unmatched: no user of another system shares an identity that people.match compares"
      case .ambiguous(let reason): "ambiguous: \(reason)"
      case .excluded(let reason): "excluded: \(reason)"
      case .unlicensed(let reason): "unlicensed: \(reason)"
      case nil: "not in the directory"
      }
    return PersonStory.User(
      plugin: setup.plugins[plugin].id, id: id, name: known?.displayName ?? "",
      identities: known?.identities.map { "\($0.kind.rawValue):\($0.value)" } ?? [],
      groups: known?.groups ?? [], standing: standing)
  }

  private func source(_ slot: Int, of plugin: Int, now: Moment) -> PersonStory.Source {
    let (state, user) = (tables[plugin].sources[slot], tables[plugin].ids[slot])
    var source = PersonStory.Source(plugin: setup.plugins[plugin].id, user: user)
    source.says = state.presence
    source.since = state.changedAt.map(date)
    source.heardAt = state.reportedAt.map(date)
    source.echo = state.echo.map { echo in
      let presence = Presence(echo.availability, echo.activity, call: echo.call)
      return PersonStory.Echo(presence: presence, at: date(at: echo.at), why: echo.why.words)
    }
    source.pollAt = polls[plugin]?.nextAsked(user, now: now).map(date)
    return source
  }

  private func sink(_ slot: Int, of plugin: Int, person: Int, now: Moment) -> PersonStory.Sink {
    // A copy: what it would be now is asked without letting anything pass.
    var engine = self
    var contributions: [Contribution] = []
    let routes = routesTo[plugin].compactMap { route -> PersonStory.Route? in
      let from = setup.routes[route].from
      guard let user = people.people[person].users[from], let source = tables[from].slot(of: user) else {
        return nil
      }
      var story = PersonStory.Route(from: setup.plugins[from].id)
      switch engine.voice(of: route, slot: source, person: person, now: now) {
      case .silent: story.remark = "the source has not spoken yet"
      case .leftOut(let why): story.remark = why.words
      case .says(let contribution):
        contributions.append(contribution)
        story.contributes = contribution.presence
        if !isOpen[route] { story.remark = "outside working hours" }
        if pause(of: route, person: person) != nil { story.remark = "paused: what was shown stays" }
      }
      if let waiting = gates[route]?.waiting(source), story.remark == nil {
        story.waiting = waiting.value
        story.waitsUntil = date(at: waiting.until)
        story.remark = "a newer state waits until it has lasted (hold, min_interval)"
      }
      return story
    }
    let entry =
      outboxes[plugin].flatMap { slot < $0.entries.count ? $0.entries[slot] : nil } ?? Outbox.Entry()
    var sink = PersonStory.Sink(
      plugin: setup.plugins[plugin].id, user: tables[plugin].ids[slot], routes: routes,
      merge: setup.plugins[plugin].merge.rawValue, requested: setup.plugins[plugin].merge(contributions),
      effective: entry.target, delivered: entry.delivered, doubtful: entry.doubtful, state: entry.inWords)
    sink.leaseEnds = entry.leaseEnd.map(date)
    sink.refreshAt = entry.needsRefresh ? entry.refreshAt.map(date) : nil
    if case .waiting(let until) = entry.phase { sink.retryAt = date(at: until) }
    sink.lastAnswer = entry.answer.map { answer in
      PersonStory.Answer(
        sentAt: date(at: answer.sentAt), at: date(at: answer.at), outcome: answer.outcome.rawValue,
        reason: answer.reason)
    }
    return sink
  }
}

extension Engine.LeftOut {
  fileprivate var words: String {
    switch self {
    case .filtered: "left out by the route's filters (only, except)"
    case .outsideHours: "outside working hours"
    case .paused: "paused: what was shown is taken back"
    }
  }
}

extension Outbox.Reason {
  fileprivate var words: String {
    switch self {
    case .holds: "it is what we made the system show"
    case .held: "it is what we made the system show until a moment ago"
    case .heldBeforeOthers: "it may be a late report of what we showed; the system is asked what is true"
    }
  }
}

extension Outbox.Entry {
  fileprivate var inWords: String {
    switch phase {
    case .inFlight: "an update is on its way"
    case .waiting: "the last attempt failed, and is repeated"
    case .ready(refresh: true): "a refresh waits for its turn"
    case .ready: "an update waits for its turn"
    case .idle where rejected != .undecided && rejected == wanted:
      "refused by the system; tried again when it changes"
    case .idle where wanted == .undecided && delivered != nil: "as an earlier run of the gateway left it"
    case .idle where wanted == .undecided: "nothing to show yet"
    case .idle: "up to date"
    }
  }
}
