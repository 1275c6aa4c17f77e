// What the engine is made of: the plugins by number, and the routes between them.

import PluginAPI

struct EngineSetup: Sendable {
  struct PluginPart: Sendable {
    let id: String
    /// Another type under the same id is another plugin.
    var type = ""
    /// Whether it publishes a directory: people are only taken leave of once all of these have spoken.
    let hasDirectory: Bool
    var sink: SinkPart?
    let poll: (limits: Limits, interval: Duration)?
    /// How the routes that end in it are merged.
    var merge = Merge.busiest
  }
  /// The pure side of a sink.
  struct SinkPart: Sendable {
    var limits: Limits
    let held: @Sendable (Presence) -> Presence
    let echoes: @Sendable (Presence) -> [Presence]
  }
  struct RoutePart: Sendable {
    let from: Int
    let to: Int
    let priority: Int
    let map: @Sendable (Presence) -> Presence
    var terms = RouteTerms()
  }
  var plugins: [PluginPart]
  var routes: [RoutePart]
  var match: [IdentityKind]
  var overrides = PeopleOverrides()
  /// Of the jitter: the same seed gives the same decisions.
  let seed: UInt64

  /// The number here of a plugin of another configuration: the same id and type.
  func number(of plugin: PluginPart) -> Int? {
    plugins.firstIndex { $0.id == plugin.id && $0.type == plugin.type }
  }
  /// The number here of a route of another configuration: between plugins of the same ids.
  func number(of route: RoutePart, in other: EngineSetup) -> Int? {
    routes.firstIndex {
      plugins[$0.from].id == other.plugins[route.from].id && plugins[$0.to].id == other.plugins[route.to].id
    }
  }

  /// For each plugin the routes that start, or end, there.
  func routes(by end: KeyPath<RoutePart, Int>) -> [[Int]] {
    plugins.indices.map { plugin in routes.indices.filter { routes[$0][keyPath: end] == plugin } }
  }
}
