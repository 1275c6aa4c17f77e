// A person in the API's words.

import FoundationEssentials
import PluginAPI

struct PersonJSON: Encodable {
  struct Problem: Encodable {
    let plugin: String
    let reason: String
    let remedy: String
  }
  /// What one system knows and shows.
  struct Side: Encodable {
    let plugin: String
    let user: String
    let name: String
    let identities: [IdentityJSON]
    /// What the system said last, and when.
    var presence: Presence?
    var reportedAt: Date?
    /// What it should show because of us, and what it last accepted from us.
    var requested: Presence?
    var held: Presence?
    /// Whether there is nothing left to send.
    var settled: Bool
    var deliveredAt: Date?
    var latencyMs: Double?
  }
  struct IdentityJSON: Encodable {
    let kind: String
    let value: String
  }
  /// By which the person is addressed: the first system that knows them, and the user there.
  let plugin: String
  let user: String
  let name: String
  let standing: PeopleTable.Standing
  let reason: String?
  let changedAt: Date?
  let sides: [Side]
  let problems: [Problem]
  /// Of this person alone; routes may be on hold besides.
  var pause: PauseJSON?
}

extension PeopleReport {
  /// The rows with everything that is shown of them.
  func describe(_ rows: [PeopleTable.Row]) async -> [PersonJSON] {
    // A reload between two steps of a request may have taken a plugin away.
    let ids = ids
    let rows = rows.filter { $0.users.count <= ids.count }
    let sides = await core.sides(of: rows.map(\.users))
    let refs = rows.flatMap { row in
      row.users.enumerated().compactMap { plugin, user in user.map { (plugin: plugin, user: $0) } }
    }
    var known = await core.users(refs).makeIterator()
    let paused = Dictionary(await core.pauses.map { ($0.target, $0) }, uniquingKeysWith: { $1 })
    return zip(rows, sides).map { row, sides in
      var result: [PersonJSON.Side] = []
      var troubles: [PersonJSON.Problem] = []
      for (plugin, side) in sides.enumerated() {
        guard let side, let user = row.users[plugin] else { continue }
        result.append(Self.side(side, ids[plugin], user, known.next() ?? nil))
        for (_, problem) in problems.problems(of: user, in: ids[plugin]).sorted(by: { $0.key < $1.key }) {
          troubles.append(.init(plugin: ids[plugin], reason: problem.reason, remedy: problem.remedy))
        }
        if let problem = side.note?.problem {
          troubles.append(
            .init(
              plugin: ids[plugin], reason: "the newest update was not accepted: \(problem)",
              remedy: "It is tried again when the presence changes, or when the system allows it."))
        }
      }
      return PersonJSON(
        plugin: result.first?.plugin ?? "", user: result.first?.user ?? "", name: row.name,
        standing: row.standing, reason: row.reason, changedAt: result.compactMap(\.reportedAt).max(),
        sides: result, problems: troubles,
        pause: zip(ids, row.users).lazy.compactMap { id, user in
          user.flatMap { paused[.person(plugin: id, user: $0)] }
        }.first.map { PauseJSON($0, name: row.name) })
    }
  }

  private static func side(
    _ side: GatewayCore.Side, _ plugin: String, _ user: UserID, _ known: DirectoryUser?
  ) -> PersonJSON.Side {
    .init(
      plugin: plugin, user: user.rawValue, name: known?.displayName ?? user.rawValue,
      identities: (known?.identities ?? []).map { .init(kind: $0.kind.rawValue, value: $0.value) },
      presence: side.presence, reportedAt: side.reportedAt, requested: side.requested, held: side.held,
      settled: side.isSettled, deliveredAt: side.note?.deliveredAt,
      latencyMs: side.note?.latency.map { Double($0.nanoseconds) / 1e6 })
  }
}
