// Keys: signatures and encryption that the openssl command agrees with, and errors that tell no secrets.

import OpenSSLCrypto
import Testing

struct KeyTests {
  static let key = try! PrivateKey.generateRSA()
  let message = Array("header.payload".utf8)

  @Test func readsItsOwnPEM() throws {
    for key in [Self.key, try PrivateKey.generateEC()] {
      #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
      #expect(try PrivateKey(pem: key.pem).pem == key.pem)
    }
  }

  @Test func readsTraditionalKeysAndRefusesEncryptedOnes() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Self.key.pem, "key.pem")
    let traditional = try scratch.openssl("rsa", "-traditional", "-in", file)
    #expect(traditional.text.contains("BEGIN RSA PRIVATE KEY"))
    #expect(try PrivateKey(pem: traditional.text).pem == Self.key.pem)
    let encrypted = try scratch.openssl("pkcs8", "-topk8", "-in", file, "-passout", "pass:x")
    let refusal = failure { try PrivateKey(pem: encrypted.text) }
    #expect(refusal?.hasPrefix("cannot read the private key: ") == true)
  }

  @Test func refusesWhatIsNoKey() throws {
    #expect(
      failure { try PrivateKey(pem: "") }
        == "cannot read the private key: DECODER routines: unsupported")
    let halved = String(Self.key.pem.prefix(800))
    let refusal = try #require(failure { try PrivateKey(pem: halved) })
    #expect(refusal.hasPrefix("cannot read the private key: "))
    #expect(!refusal.contains(halved.split(separator: "\n")[1]))
    #expect(
      failure { try PrivateKey.generateRSA(bits: 512) }
        == "cannot generate an RSA key: bits must be 1024…16384, is 512")
  }

  @Test func publicKeysTravelAsModulusAndExponent() throws {
    let key = Self.key.publicKey
    #expect(key.rsaModulus.count == 256)
    #expect(key.rsaExponent == [1, 0, 1])
    let copy = try PublicKey(rsaModulus: [0] + key.rsaModulus, exponent: key.rsaExponent)
    #expect(copy.rsaModulus == key.rsaModulus)
    #expect(copy.verifyRS256(signature: try Self.key.signRS256(message), of: message))
    #expect(copy.verifyPS256(signature: try Self.key.signPS256(message), of: message))
  }

  @Test func refusesKeysOfNoSensibleSize() {
    let expected = "cannot make an RSA public key: modulus or exponent has no sensible length"
    #expect(failure { try PublicKey(rsaModulus: [], exponent: [3]) } == expected)
    #expect(
      failure { try PublicKey(rsaModulus: [UInt8](repeating: 255, count: 2049), exponent: [3]) } == expected)
    #expect(
      failure { try PublicKey(rsaModulus: [UInt8](repeating: 255, count: 256), exponent: []) } == expected)
  }

  @Test func signaturesAreBoundToMessageSchemeAndKey() throws {
    let key = Self.key.publicKey
    let rs256 = try Self.key.signRS256(message)
    let ps256 = try Self.key.signPS256(message)
    #expect(key.verifyRS256(signature: rs256, of: message))
    #expect(key.verifyPS256(signature: ps256, of: message))
    #expect(!key.verifyRS256(signature: ps256, of: message))
    #expect(!key.verifyPS256(signature: rs256, of: message))
    #expect(!key.verifyRS256(signature: rs256, of: message + [0]))
    #expect(!key.verifyRS256(signature: Array(rs256.dropLast()), of: message))
    #expect(!key.verifyRS256(signature: [], of: message))
    #expect(!(try PrivateKey.generateRSA()).publicKey.verifyRS256(signature: rs256, of: message))
  }

  @Test(arguments: ["RS256", "PS256"]) func openSSLAgreesOnSignatures(_ scheme: String) throws {
    let scratch = try ScratchDirectory()
    let options =
      scheme == "PS256"
      ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha256"]
      : []
    let keyFile = try scratch.write(Self.key.pem, "key.pem")
    let messageFile = try scratch.write(message, "message")
    let publicFile = "\(scratch.path)/public.pem"
    #expect(try scratch.openssl("pkey", "-in", keyFile, "-pubout", "-out", publicFile).status == 0)

    let ours = try scheme == "PS256" ? Self.key.signPS256(message) : Self.key.signRS256(message)
    let oursFile = try scratch.write(ours, "ours")
    let verdict = try scratch.openssl(
      ["dgst", "-sha256", "-verify", publicFile] + options + ["-signature", oursFile, messageFile])
    #expect(verdict.text == "Verified OK\n")

    let theirsFile = "\(scratch.path)/theirs"
    let signing = try scratch.openssl(
      ["dgst", "-sha256", "-sign", keyFile] + options + ["-out", theirsFile, messageFile])
    #expect(signing.status == 0)
    let theirs = try readFile(theirsFile)
    let key = Self.key.publicKey
    #expect(
      scheme == "PS256"
        ? key.verifyPS256(signature: theirs, of: message) : key.verifyRS256(signature: theirs, of: message))
  }

  @Test func wrapsKeysAsOpenSSLDoes() throws {
    let scratch = try ScratchDirectory()
    let secret = SecureRandom.bytes(32)
    let wrapped = try Self.key.publicKey.encryptOAEPSHA1(secret)
    #expect(try Self.key.decryptOAEPSHA1(wrapped) == secret)
    let keyFile = try scratch.write(Self.key.pem, "key.pem")
    let wrappedFile = try scratch.write(wrapped, "wrapped")
    let plainFile = "\(scratch.path)/plain"
    let unwrapping = try scratch.openssl(
      [
        "pkeyutl", "-decrypt", "-inkey", keyFile, "-in", wrappedFile, "-out", plainFile, "-pkeyopt",
        "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha1",
      ])
    #expect(unwrapping.status == 0)
    #expect(try readFile(plainFile) == secret)
  }

  @Test func damagedOrForeignWrappingIsRefused() throws {
    var wrapped = try Self.key.publicKey.encryptOAEPSHA1([1, 2, 3])
    wrapped[100] ^= 1
    #expect(
      failure { try Self.key.decryptOAEPSHA1(wrapped) }
        == "cannot decrypt with RSA-OAEP: rsa routines: oaep decoding error")
    #expect(failure { try Self.key.decryptOAEPSHA1([]) }?.hasPrefix("cannot decrypt with RSA-OAEP") == true)
    #expect(
      failure { try Self.key.publicKey.encryptOAEPSHA1([UInt8](repeating: 0, count: 215)) }
        == "cannot encrypt with RSA-OAEP: rsa routines: data too large for key size")
  }

  @Test func ellipticKeysDoNotSignAsRSA() throws {
    let key = try PrivateKey.generateEC()
    #expect(failure { try key.signRS256([1]) } == "cannot sign: not an RSA key")
    #expect(failure { try key.decryptOAEPSHA1([1]) } == "cannot decrypt with RSA-OAEP: not an RSA key")
    #expect(key.publicKey.rsaModulus == [])
    #expect(!key.publicKey.verifyRS256(signature: [1], of: [1]))
  }

  @Test func keysMayBeSharedBetweenTasks() async throws {
    let message = message
    let allRight = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in UInt8(0)..<16 {
        group.addTask {
          let signature = try Self.key.signPS256(message + [number])
          return Self.key.publicKey.verifyPS256(signature: signature, of: message + [number])
        }
      }
      return try await group.reduce(true) { $0 && $1 }
    }
    #expect(allRight)
  }
}
