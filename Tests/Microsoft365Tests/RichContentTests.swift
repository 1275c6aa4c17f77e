// Opening encrypted content: Microsoft's own vector, ours, and everything that can be wrong with one.

import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Microsoft365

@Suite struct RichContentTests {
  static let key = PrivateKey.forTests
  static let certificate = try! Certificate.selfSigned(key: key, commonName: "test", validDays: 1)

  static func content(
    _ text: String = "hello", damage: (inout (data: [UInt8], mac: [UInt8], key: [UInt8])) -> Void = { _ in }
  ) throws -> RichContent {
    let json = try Notary.encrypt(text, to: certificate, id: "id", damage: damage)
    return try JSONDecoder().decode(RichContent.self, from: Data(json.utf8))
  }

  @Test func whatIsSealedOpens() throws {
    let text = String(repeating: "presence ", count: 200)
    #expect(String(decoding: try Self.content(text).open(with: Self.key), as: UTF8.self) == text)
  }

  @Test func damageIsFoundBeforeDecryption() throws {
    func fault(_ damage: (inout (data: [UInt8], mac: [UInt8], key: [UInt8])) -> Void) throws -> RichContent
      .Fault?
    {
      do throws(RichContent.Fault) { _ = try (try! Self.content(damage: damage)).open(with: Self.key) } catch
      {
        return error
      }
      return nil
    }
    #expect(try fault { $0.data[0] ^= 1 } == .wrongSignature)
    #expect(try fault { $0.mac[31] ^= 1 } == .wrongSignature)
    #expect(try fault { $0.mac = [] } == .wrongSignature)
    #expect(try fault { $0.key[9] ^= 1 } == .wrongKey)
    #expect(try fault { $0.key = [1, 2, 3] } == .wrongKey)
    // A key of the wrong length, properly sealed.
    #expect(try fault { $0.key = try! Self.key.publicKey.encryptOAEPSHA1([1, 2, 3]) } == .wrongKey)
    // Somebody who knows the key but pads wrongly.
    let secret = [UInt8](repeating: 7, count: 32)
    let wrong = try fault { parts in
      parts.data = [UInt8](repeating: 1, count: 15)
      parts.mac = Digest.hmacSHA256(key: secret, parts.data)
      parts.key = try! Self.key.publicKey.encryptOAEPSHA1(secret)
    }
    #expect(wrong == .badPadding)
    var content = try Self.content()
    content.data = "%%%"
    #expect(throws: RichContent.Fault.notBase64) { try content.open(with: Self.key) }
  }

  @Test(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.absence)))
  func microsoftsVectorOpens() throws {
    let key = try PrivateKey(pem: try Vectors.text("ms-sdk.key.pem"))
    for name in ["ms-sdk", "rich/presence-busy-inacall"] {
      let json = try Vectors.bytes("\(name).encryptedContent.json")
      let content = try JSONDecoder().decode(RichContent.self, from: Data(json))
      let plaintext = try content.open(with: key)
      let expected = try Vectors.bytes("\(name).plaintext.json")
      #expect(
        String(decoding: plaintext, as: UTF8.self).trimmed
          == String(decoding: expected, as: UTF8.self).trimmed)
      let symmetric = try key.decryptOAEPSHA1(try #require(Base64.decode(content.dataKey)))
      #expect(Hex.encode(symmetric) == (try Vectors.text("\(name).symmetrickey.hex")).trimmed)
    }
    let presence = try JSONDecoder().decode(
      GraphPresence.self, from: Data(try Vectors.bytes("rich/presence-busy-inacall.plaintext.json")))
    #expect(presence.id == "fa8bf3dc-eca7-46b7-bad1-db199b62afc3")
    #expect(presence.presence.call == .connected)
  }
}
