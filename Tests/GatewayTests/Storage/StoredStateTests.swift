// What plugins keep outlives the process; what is secret is nowhere readable, and belongs to one name only.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import Testing

@testable import Gateway

struct StoredStateTests {
  private let key = SecretBox.Key(Hex.encode(SecureRandom.bytes(32)))!
  private let other = SecretBox.Key(Base64.encode(SecureRandom.bytes(32)) + "\n")!

  private func state(
    _ store: SQLiteStore, _ plugin: String = "teams", key: SecretBox.Key?, previous: [SecretBox.Key] = []
  )
    -> StoredState
  {
    StoredState(plugin: plugin, store: store, box: SecretBox(key, previous: previous))
  }
  /// The secret, or why there is none.
  private func secret(_ name: String, of state: StoredState) async -> String? {
    do { return try await state.secret(name) } catch { return "✘ \(error)" }
  }
  private func refusal(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch { return "\(error)" }
    return nil
  }

  @Test func valuesAndSecretsAreThereAfterARestart() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        let teams = state(store, key: key)
        await teams.set([0, 1, 255], for: "delta-link")
        await teams.set([], for: "empty")
        await teams.set([9], for: "gone")
        await teams.set(nil, for: "gone")
        try await teams.setSecret("geheim ü", for: "refresh-token/sync1")
        // The same name is another value as a secret, and in another plugin.
        try await teams.setSecret("s", for: "delta-link")
        await state(store, "pbx", key: key).set([7], for: "delta-link")
      }
      try await file.withStore { store in
        let teams = state(store, key: key)
        #expect(await teams.value("delta-link") == [0, 1, 255])
        #expect(await teams.value("empty") == [])
        #expect(await teams.value("gone") == nil)
        #expect(await teams.value("never") == nil)
        #expect(await secret("refresh-token/sync1", of: teams) == "geheim ü")
        #expect(await secret("delta-link", of: teams) == "s")
        #expect(await state(store, "pbx", key: key).value("delta-link") == [7])
        try await teams.setSecret(nil, for: "delta-link")
        #expect(await secret("delta-link", of: teams) == nil)
      }
    }
  }

  @Test func noSecretIsReadableInTheFile() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        try await state(store, key: key).setSecret("a refresh token that nobody reads", for: "token")
        for suffix in ["", "-wal"] {
          let bytes = try Data(contentsOf: URL(filePath: file.path + suffix))
          #expect(bytes.firstRange(of: Data("nobody reads".utf8)) == nil)
          #expect(bytes.firstRange(of: Data(key.bytes)) == nil)
        }
        let name = StateName(plugin: "teams", name: "token", isSecret: true)
        let first = await store.value(name)
        try await state(store, key: key).setSecret("a refresh token that nobody reads", for: "token")
        #expect(await store.value(name) != first, "a nonce was used twice")
      }
    }
  }

  @Test func withoutAKeyNothingSecretIsKept() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        try await state(store, key: key).setSecret("token", for: "a")
        let keyless = state(store, key: nil)
        #expect(
          await refusal { try await keyless.setSecret("t", for: "b") }
            == "no key to encrypt it with: set gateway.secrets_key to env:NAME or file:PATH with a key that "
            + "`presence-gateway state new-key` prints")
        #expect(
          await refusal { _ = try await keyless.secret("a") }
            == "the key it was encrypted with is missing: set gateway.secrets_key")
        #expect(await secret("never set", of: keyless) == nil)
        #expect(await store.value(StateName(plugin: "teams", name: "b", isSecret: true)) == nil)
        await keyless.set([1], for: "plain values need no key")
        #expect(await keyless.value("plain values need no key") == [1])
      }
    }
  }

  @Test func aFormerKeyStillDecryptsAndTheNextWriteUsesTheNewOne() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        try await state(store, key: key).setSecret("token", for: "a")
        #expect(
          await refusal {
            _ = try await state(store, key: other).secret("a")
          }
            == "it was encrypted with another key: name that one under gateway.previous_secrets_keys, or sign in again"
        )
        let rotating = state(store, key: other, previous: [key])
        #expect(await secret("a", of: rotating) == "token")
        try await rotating.setSecret("token 2", for: "a")
        #expect(await secret("a", of: state(store, key: other)) == "token 2")
      }
    }
  }

  @Test func aBoxBelongsToOneNameOfOnePlugin() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        let teams = state(store, key: key)
        try await teams.setSecret("token", for: "a")
        let name = { (plugin: String, name: String) in StateName(plugin: plugin, name: name, isSecret: true) }
        let box = try #require(await store.value(name("teams", "a")))
        await store.set(box, for: name("teams", "b"))
        await store.set(box, for: name("pbx", "a"))
        await store.set(Array(box.dropLast()) + [box.last! ^ 1], for: name("teams", "a"))
        let changed = "it was changed in the state file: sign in again"
        for (plugin, name) in [("teams", "a"), ("teams", "b"), ("pbx", "a")] {
          let state = state(store, plugin, key: key)
          #expect(
            await refusal { _ = try await state.secret(name) }
              == changed)
        }
      }
    }
  }

  @Test func keysAreReadStrictlyAndDoNotPrint() {
    let hex = String(repeating: "0a", count: 32)
    #expect(SecretBox.Key(hex)?.bytes == [UInt8](repeating: 10, count: 32))
    #expect(SecretBox.Key(" \(hex)\n")?.bytes == [UInt8](repeating: 10, count: 32))
    #expect(SecretBox.Key(Base64.encode([UInt8](repeating: 10, count: 32)))?.bytes.count == 32)
    for wrong in ["", "hunter2", String(hex.dropLast(2)), hex + "00", Base64.encode([1, 2, 3])] {
      #expect(SecretBox.Key(wrong) == nil)
    }
    var dumped = ""
    dump(SecretBox(SecretBox.Key(hex)), to: &dumped)
    #expect(!dumped.contains("0a0a") && !dumped.contains("10"), "\(dumped)")
  }
}
