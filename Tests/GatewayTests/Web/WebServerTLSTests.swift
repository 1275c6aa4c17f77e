// The public listener with TLS, asked by a client that is not ours, and its certificate's renewal.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebServerTLSTests {
  private struct Files {
    let folder: String
    var trust: String { "\(folder)/ca.pem" }
    var certificate: CertificateFiles { .init(certificate: "\(folder)/cert.pem", key: "\(folder)/key.pem") }

    init() throws { folder = try TestFolder.make("tls") }
    func renew() throws {
      let (authority, certificate, key) = try TestCertificates.make()
      try TestFolder.write(authority, trust)
      try TestFolder.write(certificate, self.certificate.certificate)
      try TestFolder.write(key, self.certificate.key)
    }
    func remove() { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func status(_ server: TestServer, _ files: Files, body: [UInt8]? = nil) async throws -> Int {
    let client = CurlClient()
    defer { Task { await client.shutdown() } }
    let url = "https://localhost:\(server.port)/echo"
    return try await client.send(.init("POST", url, body: body ?? [1], trustFile: files.trust)).status
  }

  @Test func servesOverTLS() async throws {
    let files = try Files()
    defer { files.remove() }
    try files.renew()
    let server = try await TestServer(tls: files.certificate)
    #expect(try await status(server, files) == 200)
    #expect(try await status(server, files, body: .init(repeating: 1, count: 1 << 20)) == 200)
    #expect(try await status(server, files, body: .init(repeating: 1, count: 8 << 20)) == 413)
    // Somebody who speaks no TLS disturbs nobody.
    let plain = try await server.connect()
    try await plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = await plain.rest()
    await plain.close()
    #expect(try await status(server, files) == 200)
    #expect(server.rejected("tls") == 1)
    await server.stop()
  }

  @Test func aRenewedCertificateIsUsedAndABadOneIsNot() async throws {
    let files = try Files()
    defer { files.remove() }
    try files.renew()
    let server = try await TestServer(tls: files.certificate)
    #expect(try await status(server, files) == 200)
    try TestFolder.write("no certificate", files.certificate.certificate)
    server.server.checkCertificate()
    #expect(try await status(server, files) == 200)
    // A key of another kind than the certificate.
    try TestFolder.write(TestCertificates.make().certificate, files.certificate.certificate)
    try TestFolder.write(PrivateKey.generateRSA().pem, files.certificate.key)
    server.server.checkCertificate()
    #expect(try await status(server, files) == 200)
    // The trust file is new too: only the new certificate is accepted.
    try files.renew()
    server.server.checkCertificate()
    #expect(try await status(server, files) == 200)
    await server.stop()
  }

  @Test func whatCannotBeUsedIsNamedAtTheStart() async throws {
    let files = try Files()
    defer { files.remove() }
    func message() async -> String? {
      do { await (try TestServer(tls: files.certificate)).stop() } catch { return "\(error)" }
      return nil
    }
    let path = files.certificate.certificate
    #expect(await message() == "the certificate file \(path) cannot be read: No such file or directory")
    try files.renew()
    try TestFolder.write("nonsense", files.certificate.key)
    #expect(await message()?.hasPrefix("cannot use \(path) with \(files.certificate.key): ") == true)
    try TestFolder.write(PrivateKey.generateRSA().pem, files.certificate.key)
    #expect(
      await message()?.hasPrefix(
        "cannot use \(path) with \(files.certificate.key): the private key does not belong to the certificate"
      )
        == true)
  }
}
