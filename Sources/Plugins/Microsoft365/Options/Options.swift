// Everything an administrator can set for one instance, read once and checked together.

import PluginAPI

struct Options: Sendable {
  let tenant: String
  let cloud: Cloud
  let trustFile: String?
  /// Of one application, whatever they are for.
  let requestsPer30Seconds: Int
  /// How often the directory is asked for changes.
  let directoryRefresh: Duration
  /// How often the whole list is read again, for what changes alone did not tell.
  let directoryRelist: Duration
  /// How often the members of groups are read.
  let groupRefresh: Duration
  let teamsPlans: [String]
  let filter: UserFilter
  /// Whether Microsoft is asked to tell when users change.
  let userHints: Bool
  let read: ReadOptions?
  let write: WriteOptions?

  init(config: ConfigSection, id: String, publicURL: String?) {
    tenant = config.string("tenant", "The tenant's id (a GUID) or one of its verified domains")
    cloud = Cloud(config: config)
    trustFile = config.optionalFile("trust", "PEM file with the authorities to trust instead of the system's")
    requestsPer30Seconds = config.int(
      "requests_per_30s", default: 1500, in: 1...100_000,
      "Requests of one application in 30 seconds, reading and writing together: Microsoft's limit")
    let users = config.optionalSection(
      "users", "Which accounts are Teams users, and how their changes are found")
    directoryRefresh =
      users?.duration(
        "refresh", default: .seconds(20), in: .seconds(5) ... .seconds(3600),
        "How often the directory is asked for changes") ?? .seconds(20)
    directoryRelist =
      users?.duration(
        "relist", default: .seconds(3600), in: .seconds(60) ... .seconds(86400),
        "How often the whole list is read again") ?? .seconds(3600)
    groupRefresh =
      users?.duration(
        "group_refresh", default: .seconds(300), in: .seconds(20) ... .seconds(86400),
        "How often the members of groups are read") ?? .seconds(300)
    filter = UserFilter(config: users)
    userHints =
      users?.bool(
        "hints", default: false,
        "Subscribe to changes of users, so that they are seen before `refresh`; needs pushing") ?? false
    let plans =
      users?.strings("service_plans", "Ids of the service plans with Teams; by default those of the cloud")
      ?? []
    teamsPlans = plans.isEmpty ? cloud.teamsPlans : plans
    for plan in plans where !isGUID(plan) {
      users?.reject("service_plans", "must be service plan ids (GUIDs), has \(plan)")
    }
    let read = config.optionalSection("read", "Teams → gateway; left out: Teams is only written")
    let write = config.optionalSection("write", "gateway → Teams; left out: Teams is only read")
    if read == nil, write == nil { config.reject(nil, "needs read, write or both") }
    self.read = read.map { [cloud] in ReadOptions(config: $0, cloud: cloud, id: id, publicURL: publicURL) }
    self.write = write.map(WriteOptions.init)
    if userHints, self.read?.pushes != true {
      users?.reject("hints", "needs a `read` section that is pushed to: leave it out")
    }
  }
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, hexadecimal.
func isGUID(_ text: String) -> Bool {
  let groups = text.split(separator: "-", omittingEmptySubsequences: false)
  return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
}
