// What is other in a changed configuration: as facts for the log, and as what a running gateway cannot change.

import PluginAPI

enum ConfigDifference {
  struct Fixed: Equatable {
    let path: String
    let message: String
  }

  /// One clause for each thing that changed, in the order of the file.
  static func facts(from old: LoadedConfig, to new: LoadedConfig) -> [String] {
    var facts: [String] = []
    for plugin in new.config.plugins {
      guard let before = old.fingerprints[plugin.id] else {
        facts.append("plugin \(plugin.id) (\(plugin.type)) added")
        continue
      }
      if before != new.fingerprints[plugin.id] { facts.append("plugin \(plugin.id) changed") }
    }
    for plugin in old.config.plugins where !new.config.plugins.contains(where: { $0.id == plugin.id }) {
      facts.append("plugin \(plugin.id) removed")
    }
    return facts + factsBesidesPlugins(from: old.config, to: new.config)
  }

  private static func factsBesidesPlugins(from old: GatewayConfig, to new: GatewayConfig) -> [String] {
    var facts: [String] = []
    func name(_ route: GatewayConfig.Route) -> String { "route \(route.from) → \(route.to)" }
    for route in new.routes {
      let before = old.routes.first { $0.from == route.from && $0.to == route.to }
      if before == nil {
        facts.append("\(name(route)) added")
      } else if before != route {
        facts.append("\(name(route)) changed")
      }
    }
    for route in old.routes where !new.routes.contains(where: { $0.from == route.from && $0.to == route.to })
    {
      facts.append("\(name(route)) removed")
    }
    if old.people != new.people { facts.append("people changed") }
    for id in Set(old.merge.keys).union(new.merge.keys).sorted() where old.merge[id] != new.merge[id] {
      facts.append("merge of \(id) changed")
    }
    if old.onStop != new.onStop { facts.append("gateway.on_stop: \(old.onStop) → \(new.onStop)") }
    return facts
  }

  /// Options that only a start reads.
  static func needingRestart(from old: GatewayConfig, to new: GatewayConfig) -> [Fixed] {
    var fixed: [Fixed] = []
    func compare(_ path: String, _ value: (GatewayConfig) -> some Equatable) {
      if value(old) != value(new) {
        fixed.append(
          .init(path: path, message: "takes effect with a restart only: nothing of the file is taken over"))
      }
    }
    compare("gateway.public.listen") { $0.publicListener.listen }
    compare("gateway.public.tls") { $0.publicListener.tls }
    compare("gateway.public.trusted_proxies") { $0.publicListener.forwardedFor }
    compare("gateway.admin") { $0.admin }
    compare("gateway.state") { $0.store }
    compare("gateway.secrets_key") { $0.secretsKeys }
    compare("gateway.log") { $0.log }
    if fixed.isEmpty {
      // Whatever else there is, now or later.
      compare("gateway") { config in
        var rest = config
        (rest.plugins, rest.routes, rest.people, rest.merge) = (
          old.plugins, old.routes, old.people, old.merge
        )
        (rest.onStop, rest.publicListener.url) = (old.onStop, old.publicListener.url)
        return rest
      }
    }
    return fixed
  }
}
