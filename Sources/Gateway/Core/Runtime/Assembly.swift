// A configuration made into plugins and routes: what runs, and what a changed file would make of it.

import PluginAPI

struct Assembly: Sendable {
  let config: GatewayConfig
  /// In the order of the file.
  let instances: [PluginInstance]
  let loaded: LoadedConfig

  enum Failure: Error {
    case problems([ConfigProblem])
  }

  /// Reads the file; instances of `former` whose section says the same stay. First everything is made offline, so that
  /// a wrong file makes nothing.
  init(
    _ options: PresenceGateway.Options, services: GatewayServices, after former: Assembly? = nil,
    number: @escaping () -> Int
  ) throws(Failure) {
    let offline = Self.offline(options)
    let mistakes = offline.errors.isEmpty ? offline.unresolvedSecrets : offline.errors
    guard mistakes.isEmpty else { throw .problems(mistakes) }
    loaded = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types,
      context: { services.context(of: $0) },
      keeping: { id, fingerprint in former?.instance(id, fingerprint)?.plugin })
    guard loaded.errors.isEmpty else { throw .problems(loaded.errors) }
    let loaded = loaded
    config = loaded.config
    instances = config.plugins.compactMap { declared in
      guard let plugin = loaded.plugins[declared.id] else { return nil }
      let fingerprint = loaded.fingerprints[declared.id] ?? ""
      return former?.instance(declared.id, fingerprint)
        ?? PluginInstance(
          id: declared.id, type: declared.type, number: number(), plugin: plugin, fingerprint: fingerprint)
    }
  }

  private init(config: GatewayConfig, instances: [PluginInstance], loaded: LoadedConfig) {
    self.config = config
    self.instances = instances
    self.loaded = loaded
  }

  static func offline(_ options: PresenceGateway.Options) -> LoadedConfig {
    GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types)
  }

  func instance(_ id: String) -> PluginInstance? { instances.first { $0.id == id } }
  private func instance(_ id: String, _ fingerprint: String) -> PluginInstance? {
    instances.first { $0.id == id && $0.fingerprint == fingerprint }
  }

  /// What the public listener serves.
  func router() throws(WebRouteError) -> WebRouter {
    try WebRouter(
      plugins: instances.flatMap { instance in
        ((instance.plugin as? any RouteProviding)?.routes ?? []).map {
          (pluginID: instance.id, route: instance.sockets.watched($0))
        }
      })
  }

  func setup(isShadow: Bool) -> EngineSetup {
    EngineSetup(config, plugins: instances.map(\.plugin), isShadow: isShadow)
  }

  /// On the way to `next`: what leaves is still there, but no route leads to it any more, so that it is taken leave of.
  /// Nil when nothing leaves.
  func farewell(before next: Assembly) -> Assembly? {
    let leaving = leaving(for: next).filter { $0.plugin is any PresenceSink }
    if leaving.isEmpty { return nil }
    var config = config
    let gone = Set(leaving.map(\.id))
    config.routes.removeAll { gone.contains($0.to) || gone.contains($0.from) }
    return Assembly(config: config, instances: instances, loaded: loaded)
  }

  /// Plugins that `next` does not have, or under whose id it has another type.
  func leaving(for next: Assembly) -> [PluginInstance] {
    instances.filter { next.instance($0.id)?.type != $0.type }
  }
  /// Instances that end when `next` takes over.
  func ending(for next: Assembly) -> [PluginInstance] {
    instances.filter { next.instance($0.id)?.number != $0.number }
  }
}
