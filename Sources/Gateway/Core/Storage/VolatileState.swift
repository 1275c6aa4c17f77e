// A plugin's state in memory only, for `state: memory` and offline instances.

import PluginAPI

final class VolatileState: PluginState {
  private let values = Locked<(plain: [String: [UInt8]], secrets: [String: String])>(([:], [:]))

  func value(_ name: String) async -> [UInt8]? { values.withLock { $0.plain[name] } }
  func set(_ value: [UInt8]?, for name: String) async { values.withLock { $0.plain[name] = value } }
  func secret(_ name: String) async throws(SecretUnavailable) -> String? {
    values.withLock { $0.secrets[name] }
  }
  func setSecret(_ value: String?, for name: String) async throws(SecretUnavailable) {
    values.withLock { $0.secrets[name] = value }
  }
}
