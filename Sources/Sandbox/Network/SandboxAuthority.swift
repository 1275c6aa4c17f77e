// The simulation's own certificate authority: both sides of every connection are checked against it, so that
// TLS in the sandbox is the real thing.

import FoundationEssentials
import NIOOpenSSL
import OpenSSLCrypto

public final class SandboxAuthority: Sendable {
  /// Where the files for the gateway were written.
  public struct Files: Sendable, Hashable {
    /// The authority's certificate: what the gateway must trust.
    public let authority: String
    /// Certificate chain and key for the gateway's public listener.
    public let certificate: String
    public let key: String
  }

  private let key: PrivateKey
  public let certificate: Certificate

  public init() throws {
    key = try PrivateKey.generateEC()
    certificate = try .selfSigned(key: key, commonName: "Sandbox authority", validDays: 30, isAuthority: true)
  }

  /// The authority's certificate as PEM, for whoever connects to a simulated service.
  public var trustPEM: String { certificate.pem }

  /// A fresh key and a certificate for it.
  public func issue(hosts: [String] = ["localhost", "127.0.0.1"]) throws -> (
    certificatePEM: String, keyPEM: String
  ) {
    let leaf = try PrivateKey.generateEC()
    let issued = try Certificate.issue(
      for: leaf.publicKey, commonName: hosts.first ?? "localhost", hosts: hosts, validDays: 30,
      by: certificate,
      issuerKey: key)
    return (issued.pem, leaf.pem)
  }

  public func serverContext() throws -> TLSServerContext {
    let (certificatePEM, keyPEM) = try issue()
    return try TLSServerContext(certificateChainPEM: certificatePEM, privateKeyPEM: keyPEM)
  }

  public func clientContext() throws -> TLSClientContext { try TLSClientContext(trustPEM: trustPEM) }

  /// Writes `ca.pem`, `gateway.pem` and `gateway.key` (readable by the owner only) into an existing
  /// directory.
  public func write(into directory: String) throws -> Files {
    let (certificatePEM, keyPEM) = try issue()
    let files = Files(
      authority: "\(directory)/ca.pem", certificate: "\(directory)/gateway.pem",
      key: "\(directory)/gateway.key")
    try write(trustPEM, to: files.authority, mode: 0o644)
    try write(certificatePEM, to: files.certificate, mode: 0o644)
    try write(keyPEM, to: files.key, mode: 0o600)
    return files
  }

  private func write(_ text: String, to path: String, mode: Int) throws {
    try? FileManager.default.removeItem(atPath: path)
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    else { throw CocoaError(.fileWriteUnknown) }
  }
}
