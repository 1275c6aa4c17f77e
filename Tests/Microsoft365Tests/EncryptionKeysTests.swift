// The encryption key: made once however many ask, found by label or thumbprint, nobody else's.

import OpenSSLCrypto
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct EncryptionKeysTests {
  @Test func madeOnceForAllWhoAsk() async throws {
    let keys = EncryptionKeys(pool: CryptoPool(threads: 2))
    async let first = keys.current()
    async let second = keys.current()
    let (a, b) = try await (first, second)
    #expect(a.id == b.id)
    #expect(a.id.hasPrefix("presence-gateway-") && a.id.utf8.count <= 128)
    let certificate = try Certificate(der: try #require(Base64.decode(a.certificateText)))
    #expect(certificate.publicKey.rsaModulus == a.key.publicKey.rsaModulus)
    #expect(certificate.sha1Thumbprint == a.thumbprint)
  }

  @Test func foundByLabelOrThumbprint() async throws {
    let keys = EncryptionKeys(pool: CryptoPool(threads: 1), made: .forTests)
    let key = EncryptionKey.forTests
    #expect(await keys.find(id: key.id, thumbprint: nil)?.id == key.id)
    #expect(await keys.find(id: "x", thumbprint: key.thumbprint.lowercased())?.id == key.id)
    #expect(await keys.find(id: "x", thumbprint: "x") == nil)
    #expect(await keys.find(id: nil, thumbprint: nil) == nil)
    #expect(await EncryptionKeys(pool: CryptoPool(threads: 1)).find(id: key.id, thumbprint: nil) == nil)
  }
}
