// The engine's setup from a configuration and its plugins.

import PluginAPI

extension EngineSetup {
  /// The pure side of the configured plugins and routes.
  init(_ config: GatewayConfig, plugins: [any Plugin], isShadow: Bool = false) {
    let ids = config.plugins.map(\.id)
    let numbers = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    self.init(
      plugins: zip(ids, plugins).map { id, plugin in
        let sink = (plugin as? any PresenceSink).map { sink in
          // What was never written has no echo.
          SinkPart(
            limits: sink.deliveryLimits, held: { sink.held(for: $0) },
            echoes: { isShadow ? [] : sink.echoes(of: $0) })
        }
        let poll = (plugin as? any PollingSource).map { (limits: $0.pollLimits, interval: $0.pollInterval) }
        return PluginPart(
          id: id, type: type(of: plugin).type, hasDirectory: plugin is any DirectoryProvider, sink: sink,
          poll: poll, merge: config.merge[id] ?? .busiest)
      },
      routes: config.routes.compactMap { route in
        guard let from = numbers[route.from], let to = numbers[route.to] else { return nil }
        return RoutePart(
          from: from, to: to, priority: route.priority, map: { route.apply($0) },
          terms: route.terms)
      },
      match: config.people.match, overrides: config.people.overrides, seed: UInt64.random(in: 0...UInt64.max))
  }
}
