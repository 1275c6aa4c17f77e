// Rich notifications of Microsoft's SDKs, decrypted with the steps that the connector uses.

import FoundationEssentials
import Glibc
import OpenSSLCrypto
import Testing

private let vectors: String = {
  // Resolved, because the sources may be reached through a symbolic link.
  let file = realpath(#filePath, nil)
  defer { free(file) }
  let path = file.map { String(cString: $0) } ?? #filePath
  return "/\(path.split(separator: "/").dropLast(3).joined(separator: "/"))/../shared/reference/vectors"
}()
private let isPresent = (try? readFile("\(vectors)/ms-sdk.key.pem")) != nil

@Suite(.enabled(if: isPresent, "the reference vectors are not beside this repository"))
struct GraphVectorTests {
  struct EncryptedContent: Decodable {
    let data: String
    let dataSignature: String
    let dataKey: String
    let encryptionCertificateThumbprint: String
  }

  @Test(arguments: ["ms-sdk", "rich/presence-busy-inacall"]) func decrypts(_ name: String) throws {
    let key = try PrivateKey(pem: text("ms-sdk.key.pem"))
    let certificate = try Certificate(pem: text("ms-sdk.cert.pem"))
    let content = try JSONDecoder().decode(
      EncryptedContent.self, from: Data(readFile("\(vectors)/\(name).encryptedContent.json")))
    let data = try #require(Base64.decode(content.data))

    #expect(content.encryptionCertificateThumbprint == certificate.sha1Thumbprint)
    #expect(certificate.publicKey.rsaModulus == key.publicKey.rsaModulus)
    let symmetricKey = try key.decryptOAEPSHA1(#require(Base64.decode(content.dataKey)))
    #expect(try Hex.encode(symmetricKey) == text("\(name).symmetrickey.hex").filter { $0 != "\n" })
    #expect(Base64.encode(Digest.hmacSHA256(key: symmetricKey, data)) == content.dataSignature)
    let plaintext = try AES256CBC.decrypt(data, key: symmetricKey, iv: Array(symmetricKey.prefix(16)))
    #expect(try String(decoding: plaintext, as: UTF8.self) == text("\(name).plaintext.json"))
  }

  @Test func expiryOfTheCertificateIsOnlyReported() throws {
    let certificate = try Certificate(pem: text("ms-sdk.cert.pem"))
    #expect(certificate.sha1Thumbprint == "4B95353E086AD37196606ACF834A14532F03E6DB")
    #expect(certificate.notAfter < Date())
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try readFile("\(vectors)/\(name)"), as: UTF8.self)
  }
}
