// Microsoft runs several clouds that differ in hosts, service plans and in whether presence is pushed.

import PluginAPI

/// Hosts and habits of one Microsoft cloud.
/// Source: https://learn.microsoft.com/en-us/graph/deployments
struct Cloud: Sendable, Hashable {
  enum Name: String, CaseIterable { case global, usgov, dod }

  /// Without a trailing slash, such as `https://login.microsoftonline.com`.
  let login: String
  /// Without version and trailing slash, such as `https://graph.microsoft.com`.
  let graph: String
  /// The service plans that make somebody a Teams user.
  let teamsPlans: [String]
  /// Whether presence change notifications exist there.
  let pushesPresence: Bool

  static let global = Cloud(
    login: "https://login.microsoftonline.com", graph: "https://graph.microsoft.com",
    // The second is that of GCC, whose tenants live in the global cloud.
    teamsPlans: ["57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28"],
    pushesPresence: true)
  static let usgov = Cloud(
    login: "https://login.microsoftonline.us", graph: "https://graph.microsoft.us",
    teamsPlans: ["495922d5-f138-498b-8967-4acdcdfb2a74", "9953b155-8aef-4c56-92f3-72b0487fce41"],
    pushesPresence: false)
  static let dod = Cloud(
    login: "https://login.microsoftonline.us", graph: "https://dod-graph.microsoft.us",
    teamsPlans: ["fd500458-c24c-478e-856c-a6067a8376cd"], pushesPresence: false)

  init(login: String, graph: String, teamsPlans: [String], pushesPresence: Bool) {
    self.login = login
    self.graph = graph
    self.teamsPlans = teamsPlans
    self.pushesPresence = pushesPresence
  }

  /// Reads `cloud`: a word, or a mapping with both hosts.
  init(config: ConfigSection) {
    let meaning = "Microsoft's cloud: a word, or the hosts of another one as { login: URL, graph: URL }"
    if !config.isScalar("cloud"), let hosts = config.optionalSection("cloud", meaning) {
      let login = hosts.optionalURL(
        "login", "Where tokens come from, such as https://login.microsoftonline.com")
      let graph = hosts.optionalURL("graph", "Where Graph is, such as https://graph.microsoft.com")
      if login == nil { hosts.reject("login", "is missing: write both login and graph") }
      if graph == nil { hosts.reject("graph", "is missing: write both login and graph") }
      // A known host brings its cloud's habits along.
      let known = [Cloud.usgov, .dod].first { $0.graph == graph } ?? .global
      self.init(
        login: login ?? known.login, graph: graph ?? known.graph, teamsPlans: known.teamsPlans,
        pushesPresence: known.pushesPresence)
    } else {
      switch config.choice("cloud", default: Name.global, meaning) {
      case .global: self = .global
      case .usgov: self = .usgov
      case .dod: self = .dod
      }
    }
  }
}
