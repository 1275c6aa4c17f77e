// Encrypts what plugins must keep secret, and decrypts it again: AES-256-GCM, bound to its plugin and name.

import OpenSSLCrypto
import PluginAPI

/// A box is: format (1 byte, 1) · key id (8) · nonce (12) · cipher text · tag (16).
struct SecretBox: Sendable {
  /// Does not print.
  struct Key: Sendable, CustomStringConvertible, CustomReflectable {
    static let idSize = 8
    let bytes: [UInt8]
    /// Tells keys apart without telling them: the beginning of the key's SHA-256.
    let id: [UInt8]

    /// 64 hex digits, or base64.
    init?(_ text: String) {
      let trimmed = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
      guard let bytes = Hex.decode(trimmed) ?? Base64.decode(trimmed), bytes.count == AES256GCM.keySize else {
        return nil
      }
      self.bytes = bytes
      id = Array(Digest.sha256(bytes).prefix(Self.idSize))
    }
    var description: String { "secrets key \(Hex.encode(id))" }
    var customMirror: Mirror { Mirror(self, children: ["id": Hex.encode(id)]) }
  }

  private static let format: UInt8 = 1
  private let current: Key?
  private let keys: [Key]

  init(_ current: Key?, previous: [Key] = []) {
    self.current = current
    keys = (current.map { [$0] } ?? []) + previous
  }

  /// What the configuration names, read now.
  init(_ keys: SecretsKeys) throws(SecretUnavailable) {
    var previous: [Key] = []
    for key in keys.previous { if let key = Key(try key.reveal()) { previous.append(key) } }
    self.init(
      try keys.current.map { (key) throws(SecretUnavailable) in try key.reveal() }.flatMap(Key.init),
      previous: previous)
  }

  func seal(_ text: String, as name: StateName) throws(SecretUnavailable) -> [UInt8] {
    guard let current else {
      throw SecretUnavailable(
        "no key to encrypt it with: set gateway.secrets_key to env:NAME or file:PATH with a key that "
          + "`presence-gateway state new-key` prints")
    }
    let nonce = AES256GCM.newNonce()
    do {
      let sealed = try AES256GCM.seal(
        Array(text.utf8), key: current.bytes, nonce: nonce, associated: associated(name))
      return [Self.format] + current.id + nonce + sealed
    } catch { throw SecretUnavailable(error.description) }
  }

  func open(_ box: [UInt8], as name: StateName) throws(SecretUnavailable) -> String {
    guard let key = key(of: box) else {
      throw SecretUnavailable(
        current == nil
          ? "the key it was encrypted with is missing: set gateway.secrets_key"
          : "it was encrypted with another key: name that one under gateway.previous_secrets_keys, or sign in again"
      )
    }
    let start = 1 + Key.idSize
    let nonce = Array(box[start..<start + AES256GCM.nonceSize])
    let sealed = Array(box[(start + AES256GCM.nonceSize)...])
    let plaintext = try? AES256GCM.open(sealed, key: key.bytes, nonce: nonce, associated: associated(name))
    guard let plaintext, let text = String(validating: plaintext, as: UTF8.self) else {
      throw SecretUnavailable("it was changed in the state file: sign in again")
    }
    return text
  }

  /// Of the key that encrypts.
  var currentID: String? { (current?.id).map { Hex.encode($0) } }

  enum Fit: Sendable { case current, previous, none }
  /// With which of the keys the box was made.
  func fit(_ box: [UInt8]) -> Fit {
    guard let key = key(of: box) else { return .none }
    return key.id == current?.id ? .current : .previous
  }

  private func key(of box: [UInt8]) -> Key? {
    guard box.first == Self.format, box.count >= 1 + Key.idSize + AES256GCM.nonceSize else { return nil }
    let id = box[1...Key.idSize]
    return keys.first { $0.id.elementsEqual(id) }
  }

  /// A plugin's id has no NUL, so that no two names give the same bytes.
  private func associated(_ name: StateName) -> [UInt8] {
    [Self.format] + Array(name.plugin.utf8) + [0] + Array(name.name.utf8)
  }
}
