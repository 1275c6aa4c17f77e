// X.509 certificates: read for their key, thumbprint and expiry. How they are made is in
// CertificateIssue.swift.

import COpenSSL
import FoundationEssentials

/// A certificate. All that can be asked is read once, so that it may be shared between threads.
// Sendable: the X509 itself is only read, for its name and key identifier when another certificate is issued.
public final class Certificate: @unchecked Sendable {
  let handle: OpaquePointer
  public let der: [UInt8]
  /// SHA-1 of the DER form in upper-case hex, as `encryptionCertificateThumbprint` and `x5t` are made from
  /// it.
  public let sha1Thumbprint: String
  /// SHA-256 of the DER form.
  public let sha256: [UInt8]
  public let publicKey: PublicKey
  public let notAfter: Date

  /// Reads the first certificate of `pem`.
  public convenience init(pem: String) throws(CryptoError) {
    ERR_clear_error()
    guard let handle = readingBIO(pem, { copenssl_read_certificate($0) }) else {
      throw CryptoError("cannot read the certificate")
    }
    try self.init(owning: handle)
  }

  /// Reads one certificate; bytes after it are an error.
  public convenience init(der: [UInt8]) throws(CryptoError) {
    ERR_clear_error()
    var left = 0
    let handle = der.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      let handle = d2i_X509(nil, &next, bytes.count)
      if let start = bytes.baseAddress, let next { left = bytes.count - (next - start) }
      return handle
    }
    guard let handle else { throw CryptoError("cannot read the certificate") }
    guard left == 0 else {
      X509_free(handle)
      throw CryptoError("cannot read the certificate", reasons: ["\(left) bytes follow it"])
    }
    try self.init(owning: handle)
  }

  /// Takes over `handle`, also when it throws.
  init(owning handle: OpaquePointer) throws(CryptoError) {
    guard let der = writingBIO({ i2d_X509_bio($0, handle) }), let key = X509_get_pubkey(handle),
      let notAfter = Self.date(X509_get0_notAfter(handle))
    else {
      X509_free(handle)
      throw CryptoError("cannot read the certificate")
    }
    self.handle = handle
    self.der = der
    self.publicKey = PublicKey(owning: key)
    self.notAfter = notAfter
    self.sha1Thumbprint = Hex.encode(Digest.sha1(der)).uppercased()
    self.sha256 = Digest.sha256(der)
  }

  deinit { X509_free(handle) }

  public var pem: String {
    let text = Base64.encode(der)
    var lines = ["-----BEGIN CERTIFICATE-----"]
    var rest = text[...]
    while !rest.isEmpty {
      lines.append(String(rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    lines.append("-----END CERTIFICATE-----\n")
    return lines.joined(separator: "\n")
  }

  private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_STRING_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard let time, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    return Date(timeIntervalSince1970: Double(days) * 86_400 + Double(seconds))
  }
}
