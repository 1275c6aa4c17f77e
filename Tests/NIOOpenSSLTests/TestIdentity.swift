// An authority and the certificates of servers under test.

import NIOOpenSSL
import OpenSSLCrypto

struct TestIdentity: Sendable {
  static let shared = try! TestIdentity()

  let authority: Certificate
  let chainPEM: String
  let keyPEM: String

  init(hosts: [String] = ["localhost", "127.0.0.1"]) throws {
    let authorityKey = try PrivateKey.generateEC()
    authority = try Certificate.selfSigned(
      key: authorityKey, commonName: "Test authority", validDays: 2, isAuthority: true)
    let key = try PrivateKey.generateEC()
    let certificate = try Certificate.issue(
      for: key.publicKey, commonName: "test server", hosts: hosts, validDays: 1, by: authority,
      issuerKey: authorityKey)
    chainPEM = certificate.pem + authority.pem
    keyPEM = key.pem
  }

  func serverContext() throws -> TLSServerContext {
    try TLSServerContext(certificateChainPEM: chainPEM, privateKeyPEM: keyPEM)
  }

  func clientContext() throws -> TLSClientContext { try TLSClientContext(trustPEM: authority.pem) }
}
