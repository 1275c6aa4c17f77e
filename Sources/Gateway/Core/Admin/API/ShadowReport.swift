// What a dry run would have written and where that differs, as the API tells it.

import PluginAPI

struct ShadowReport: Encodable {
  struct Difference: Encodable {
    let sink: String
    let user: String
    let name: String
    /// Nil: nothing of ours.
    let wanted: Presence?
    let there: Presence?
  }
  let sinks: [ShadowLog.Sink]
  let differing: Int
  /// The first of them.
  let differences: [Difference]

  init(_ entries: [ShadowLog.Entry], core: GatewayCore, limit: Int) async {
    sinks = ShadowLog.sinks(of: entries)
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
    users.map { name(of: $0.user, in: $0.plugin) }
  }
}
