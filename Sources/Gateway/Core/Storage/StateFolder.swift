// What outlives the process, by whom it is kept for: one store for the core, and in it a state for each plugin.

import Logging
import PluginAPI

struct StateFolder: Sendable {
  let store: any StateStore
  private let file: SQLiteStore?
  private let box: SecretBox
  /// For `state: memory`: kept while the process lives.
  private let volatile = Locked<[String: VolatileState]>([:])

  /// Opens the state file, if there is to be one. A guest works on it beside the gateway that has it.
  init(_ config: GatewayConfig, logger: Logger, asGuest: Bool = false) throws {
    box = try SecretBox(config.secretsKeys)
    switch config.store {
    case .memory: (store, file) = (ForgetfulStore(), nil)
    case .sqlite(let path):
      let opened = try SQLiteStore(path: path, logger: logger, asGuest: asGuest)
      (store, file) = (opened, opened)
      let locked = try opened.database.values(onlySecrets: true).filter { box.fit($0.value) == .none }
      if !locked.isEmpty {
        logger.error(
          "secrets in the state file were encrypted with a key that is not configured",
          metadata: [
            "secrets": "\(locked.count)",
            "plugins": "\(Set(locked.keys.map(\.plugin)).sorted().joined(separator: " "))",
            "remedy":
              "name that key under gateway.secrets_key or gateway.previous_secrets_keys, or sign in again",
          ])
      }
    }
  }

  /// Reports the check mark of the state file whenever it changes, and how many things it has not taken yet.
  func watch(_ report: @escaping @Sendable (Check, _ waiting: Int) -> Void) {
    guard let file else { return }
    file.watch { [path = file.path] condition in
      var waiting = 0
      if case .unwritable(_, let number) = condition { waiting = number }
      report(condition.check(of: path), waiting)
    }
  }

  func state(of plugin: String) -> any PluginState {
    guard let file else {
      return volatile.withLock { states in
        let state = states[plugin] ?? VolatileState()
        states[plugin] = state
        return state
      }
    }
    return StoredState(plugin: plugin, store: file, box: box)
  }
}
