// Where the proof of a sign-in comes from. It is read when it is needed, so that a changed one is seen; none is held.

import OpenSSLCrypto
import PluginAPI

enum Credential: Sendable {
  /// A password or a client secret, by reference.
  case secret(Secret)
  /// An application's certificate and its private key.
  case certificate(CertificateFiles)
  /// A password or a refresh token, a secret of this name in the plugin's state.
  case kept(String)

  /// What it holds now; nil when nothing is kept under its name.
  func read(_ state: any PluginState) async throws(PluginFailure) -> Revealed? {
    switch self {
    case .secret(let secret):
      do { return Revealed(.text(try secret.reveal())) } catch {
        let hint = "make the secret \(secret.reference) available to the gateway"
        throw PluginFailure(.operatorAction(hint: hint), "\(error)")
      }
    case .certificate(let files): return Revealed(.certificate(try files.load()))
    case .kept(let name):
      do { return try await state.secret(name).map { Revealed(.text($0)) } } catch {
        throw PluginFailure(.operatorAction(hint: KeptSecrets.remedy), "\(error)")
      }
    }
  }
}

/// What a credential held when it was read; it never prints.
struct Revealed: Sendable, CustomStringConvertible, CustomReflectable {
  enum Content: Sendable {
    case text(String)
    case certificate(SigningCertificate)
  }
  let content: Content
  /// Tells whether the credential has changed since, and nothing else.
  let digest: [UInt8]

  init(_ content: Content) {
    self.content = content
    switch content {
    case .text(let text): digest = Digest.sha256(Array(text.utf8))
    case .certificate(let certificate): digest = certificate.certificate.sha256
    }
  }

  var text: String { if case .text(let text) = content { text } else { "" } }
  var description: String { "revealed" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
