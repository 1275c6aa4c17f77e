// Certificates that we make, judged by openssl, and those that we read.

import FoundationEssentials
import OpenSSLCrypto
import Testing

struct CertificateTests {
  static let authorityKey = try! PrivateKey.generateEC()
  static let authority = try! Certificate.selfSigned(
    key: authorityKey, commonName: "Test authority", validDays: 10, isAuthority: true)

  @Test func issuedCertificatesPassOpenSSL() throws {
    let scratch = try ScratchDirectory()
    let key = try PrivateKey.generateRSA()
    let leaf = try Certificate.issue(
      for: key.publicKey, commonName: "gateway",
      hosts: ["gateway.example", "*.pbx.example", "127.0.0.1", "::1"],
      validDays: 5, by: Self.authority, issuerKey: Self.authorityKey)
    let authorityFile = try scratch.write(Self.authority.pem, "authority.pem")
    let leafFile = try scratch.write(leaf.pem, "leaf.pem")

    let verdict = try scratch.openssl(
      "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authorityFile, leafFile)
    #expect(verdict.text == "\(leafFile): OK\n")
    let names = try scratch.openssl(
      "x509", "-in", leafFile, "-noout", "-subject", "-issuer", "-ext", "subjectAltName,basicConstraints")
    #expect(
      names.text == """
        subject=CN = gateway
        issuer=CN = Test authority
        X509v3 Subject Alternative Name: 
            DNS:gateway.example, DNS:*.pbx.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1
        X509v3 Basic Constraints: critical
            CA:FALSE

        """)
    #expect(try scratch.openssl("x509", "-in", leafFile, "-noout", "-checkend", "431000").status == 0)
    #expect(try scratch.openssl("x509", "-in", leafFile, "-noout", "-checkend", "433000").status == 1)
    #expect(leaf.publicKey.rsaModulus == key.publicKey.rsaModulus)
    #expect(abs(leaf.notAfter.timeIntervalSinceNow - 5 * 86_400) < 60)
  }

  @Test func anAuthorityIsMarkedAsOne() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Self.authority.pem, "authority.pem")
    let text = try scratch.openssl("x509", "-in", file, "-noout", "-ext", "basicConstraints,keyUsage").text
    #expect(
      text == """
        X509v3 Basic Constraints: critical
            CA:TRUE
        X509v3 Key Usage: critical
            Certificate Sign, CRL Sign

        """)
    #expect(try scratch.openssl("verify", "-x509_strict", "-CAfile", file, file).status == 0)
  }

  @Test func aSelfSignedLeafCannotIssue() throws {
    let scratch = try ScratchDirectory()
    let key = try PrivateKey.generateEC()
    let leaf = try Certificate.selfSigned(key: key, commonName: "notifications", validDays: 1)
    let child = try Certificate.issue(
      for: key.publicKey, commonName: "child", hosts: [], validDays: 1, by: leaf, issuerKey: key)
    let leafFile = try scratch.write(leaf.pem, "leaf.pem")
    let childFile = try scratch.write(child.pem, "child.pem")
    let verdict = try scratch.openssl("verify", "-CAfile", leafFile, childFile)
    #expect(verdict.status == 2)
    #expect(verdict.text.contains("invalid CA certificate"))
  }

  @Test func thumbprintsAreThoseOfOpenSSL() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Self.authority.pem, "authority.pem")
    let sha1 = try scratch.openssl("x509", "-in", file, "-noout", "-fingerprint", "-sha1").text
    #expect(sha1.filter { $0 != ":" } == "sha1 Fingerprint=\(Self.authority.sha1Thumbprint)\n")
    let sha256 = try scratch.openssl("x509", "-in", file, "-noout", "-fingerprint", "-sha256").text
    #expect(
      sha256.filter { $0 != ":" } == "sha256 Fingerprint=\(Hex.encode(Self.authority.sha256).uppercased())\n")
  }

  @Test func readsItsOwnFormsAndOpenSSLs() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Self.authority.pem, "authority.pem")
    #expect(try scratch.openssl("x509", "-in", file).text == Self.authority.pem)
    #expect(try Certificate(pem: Self.authority.pem).der == Self.authority.der)
    #expect(try Certificate(der: Self.authority.der).pem == Self.authority.pem)
  }

  @Test func certificatesMayBeMadeExpired() throws {
    let expired = try Certificate.selfSigned(key: Self.authorityKey, commonName: "old", validDays: -1)
    #expect(expired.notAfter < Date())
  }

  @Test func refusesWhatIsNoCertificate() throws {
    #expect(
      failure { try Certificate(pem: "nothing") }
        == "cannot read the certificate: PEM routines: no start line")
    #expect(
      failure { try Certificate(pem: Self.authorityKey.pem) }
        == "cannot read the certificate: PEM routines: no start line")
    #expect(
      failure { try Certificate(der: [1, 2, 3]) }?.hasPrefix("cannot read the certificate: asn1 ") == true)
    #expect(failure { try Certificate(der: []) }?.hasPrefix("cannot read the certificate") == true)
    #expect(
      failure { try Certificate(der: Self.authority.der + [0]) }
        == "cannot read the certificate: 1 bytes follow it")
  }

  @Test func refusesNamesThatX509CannotHold() throws {
    let tooLong = String(repeating: "x", count: 65)
    #expect(
      failure { try Certificate.selfSigned(key: Self.authorityKey, commonName: tooLong, validDays: 1) }
        == "cannot make a certificate: asn1 encoding routines: string too long")
    #expect(
      failure { try Certificate.selfSigned(key: Self.authorityKey, commonName: "x", validDays: 1_000_000) }
        == "cannot make a certificate: validDays must be at most 36500, is 1000000")
  }
}
