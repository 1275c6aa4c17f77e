// What a dry run would have written, by the API: the same as its report at the end.

import PluginAPI

extension AdminSite {
  func shadowReport(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    guard let shadow = core.shadow else {
      throw APIProblem(404, "this is no dry run", "Start the gateway with run --shadow.")
    }
    let limit = try APIQuery(call).number("limit", default: 200, in: 1...1000)
    return .whole(.json(await ShadowReport(shadow.snapshot(), core: core, limit: limit)))
  }
}

struct ShadowReport: Encodable {
  struct Sink: Encodable {
    let sink: String
    /// Updates that were not written.
    let updates: Int
    let people: Int
    /// Of them, whom the system shows otherwise now.
    let differing: Int
  }
  struct Difference: Encodable {
    let sink: String
    let user: String
    let name: String
    /// Nil: nothing of ours.
    let wanted: Presence?
    let there: Presence?
  }
  let sinks: [Sink]
  let differing: Int
  /// The first of them.
  let differences: [Difference]

  init(_ entries: [ShadowLog.Entry], core: GatewayCore, limit: Int) async {
    sinks = Dictionary(grouping: entries, by: \.sink).sorted { $0.key < $1.key }.map { sink, entries in
      Sink(
        sink: sink, updates: entries.reduce(0) { $0 + $1.writes }, people: entries.count,
        differing: entries.count(where: \.differs))
    }
    let all = entries.filter(\.differs)
    let first = Array(all.prefix(limit))
    let names = await core.names(of: first.map { ($0.sink, $0.user) })
    differing = all.count
    differences = zip(first, names).map { entry, name in
      Difference(
        sink: entry.sink, user: entry.user.rawValue, name: name, wanted: entry.wanted, there: entry.there)
    }
  }
}

extension GatewayCore {
  fileprivate func names(of users: [(plugin: String, user: UserID)]) -> [String] {
    users.map { plugin, user in
      ids[plugin].flatMap { engine.directories[$0][user]?.displayName } ?? user.rawValue
    }
  }
}
