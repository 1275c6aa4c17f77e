// Keeps one plugin running: what it throws ends only itself, and begins again after a back-off.

import Logging
import PluginAPI

struct Supervisor: Sendable {
  let plugin: any Plugin
  /// Of the jitter of its restarts.
  let seed: Int
  let ports: PluginPorts
  let core: GatewayCore
  let clock: any GatewayClock
  let logger: Logger
  private static let check = "running"

  /// Returns when cancelled.
  func run() async {
    var backoff = Backoff(base: .seconds(1), cap: .seconds(60), seed: UInt64(seed) &+ 1)
    var attempt = 0
    while !Task.isCancelled {
      let startedAt = clock.now
      do {
        try await runOnce()
        // Nothing (more) to do by itself: it is still polled and delivered to.
        try await clock.sleep(for: .seconds(86400 * 365))
      } catch {
        if Task.isCancelled { return }
        if clock.now - startedAt > .seconds(60) { attempt = 0 }
        let delay = backoff.delay(attempt: attempt)
        attempt += 1
        logger.error(
          "plugin ended and is started again", metadata: ["plugin": "\(ports.id)", "reason": "\(error)"])
        ports.report(
          Check(
            Self.check, .failing(reason: "\(error)", remedy: "it is started again in \(delay.configText)")))
        try? await clock.sleep(for: delay)
        ports.remove(Self.check)
        await core.restarted(ports.id)
      }
    }
  }

  private func runOnce() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await plugin.run() }
      if let directory = plugin as? any DirectoryProvider {
        group.addTask { try await directory.publishDirectory(to: ports) }
      }
      if let source = plugin as? any StreamingSource {
        group.addTask { try await source.stream(await core.roster(of: ports.id)) }
      }
      // Not `waitForAll`: that waits for the others before it tells what one has thrown.
      while try await group.next() != nil {}
    }
  }
}
