// The running plugins: each under a supervisor of its own, started and ended one by one.

import Logging
import PluginAPI

final class PluginRunner: Sendable {
  private let services: GatewayServices
  private let core: GatewayCore
  private let logger: Logger
  /// By the number of the instance.
  private let running = Locked<[Int: Task<Void, Never>]>([:])

  init(services: GatewayServices, core: GatewayCore, logger: Logger) {
    self.services = services
    self.core = core
    self.logger = logger
  }

  func start(_ instances: [PluginInstance]) {
    for instance in instances {
      let supervisor = Supervisor(
        plugin: instance.plugin, seed: instance.number, ports: services.ports(of: instance.id), core: core,
        clock: services.clock, logger: logger)
      running.withLock { $0[instance.number] = Task { await supervisor.run() } }
    }
  }

  /// Cancels them, and waits for their end as long as `limit` allows: a plugin that does not heed it holds up nobody.
  func stop(_ instances: [PluginInstance], within limit: Duration) async {
    let tasks = running.withLock { running in instances.compactMap { running.removeValue(forKey: $0.number) }
    }
    for task in tasks { task.cancel() }
    for instance in instances { await instance.sockets.close() }
    let ended = await within(limit, services.clock) { for task in tasks { await task.value } }
    if !ended {
      logger.warning(
        "plugins do not end", metadata: ["plugins": "\(instances.map(\.id).joined(separator: " "))"])
    }
  }
}
