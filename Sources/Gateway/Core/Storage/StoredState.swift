// A plugin's state in the state file: values as they are, secrets in their boxes.

import PluginAPI

struct StoredState: PluginState {
  let plugin: String
  let store: SQLiteStore
  let box: SecretBox

  func value(_ name: String) async -> [UInt8]? { await store.value(plain(name)) }
  func set(_ value: [UInt8]?, for name: String) async { await store.set(value, for: plain(name)) }

  func secret(_ name: String) async throws(SecretUnavailable) -> String? {
    let name = secret(named: name)
    guard let box = await store.value(name) else { return nil }
    return try self.box.open(box, as: name)
  }

  func setSecret(_ value: String?, for name: String) async throws(SecretUnavailable) {
    let name = secret(named: name)
    var sealed: [UInt8]?
    if let value { sealed = try box.seal(value, as: name) }
    await store.set(sealed, for: name)
  }

  private func plain(_ name: String) -> StateName { .init(plugin: plugin, name: name, isSecret: false) }
  private func secret(named name: String) -> StateName { .init(plugin: plugin, name: name, isSecret: true) }
}
