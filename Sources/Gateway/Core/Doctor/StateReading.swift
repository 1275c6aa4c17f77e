// What the doctor reads of the gateway's memory, such as refresh tokens; a file that is not there is not made.

import FoundationEssentials
import Logging
import PluginAPI

struct StateReading: Sendable {
  let findings: [ProbeResult]
  private let folder: StateFolder?

  init(_ config: GatewayConfig) {
    let name = "state file"
    guard case .sqlite(let path) = config.store, FileManager.default.fileExists(atPath: path) else {
      folder = nil
      findings = [.init(name, .skipped(reason: "there is none yet"))]
      return
    }
    do {
      let quiet = Logger(label: "state", factory: { _ in SwiftLogNoOpLogHandler() })
      folder = try StateFolder(config, logger: quiet, asGuest: true)
      findings = [.init(name, .ok(detail: path))]
    } catch {
      folder = nil
      findings = [
        .init(
          name,
          .failed(
            reason: "\(error)", remedy: "correct gateway.state and gateway.secrets_key, or move the file away"
          ))
      ]
    }
  }

  func state(of plugin: String) -> any PluginState { folder?.state(of: plugin) ?? VolatileState() }
  func close() async { await folder?.store.close() }
}
