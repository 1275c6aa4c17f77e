// A certificate while it is being made; freed with its scope unless it was released.

import COpenSSL

final class CertificateDraft {
  private static let step = "cannot make a certificate"
  /// Peers' clocks may be behind ours.
  private static let backdatedSeconds = -300

  let handle: OpaquePointer
  private var isReleased = false

  init(key: OpaquePointer, commonName: String, validDays: Int) throws(CryptoError) {
    guard let days = Int32(exactly: validDays), abs(validDays) <= 36_500 else {
      throw CryptoError(Self.step, reasons: ["validDays must be at most 36500, is \(validDays)"])
    }
    guard let handle = X509_new() else { throw CryptoError(Self.step) }
    self.handle = handle
    let subject = X509_get_subject_name(handle)
    let name = Array(commonName.utf8)
    guard X509_set_version(handle, 2) == 1, Self.setSerial(handle),
      X509_time_adj_ex(
        X509_getm_notBefore(handle), validDays < 1 ? days - 1 : 0, Self.backdatedSeconds, nil) != nil,
      X509_time_adj_ex(X509_getm_notAfter(handle), days, 0, nil) != nil,
      X509_NAME_add_entry_by_NID(
        subject, NID_commonName, MBSTRING_UTF8, name, Int32(clamping: name.count), -1, 0) == 1,
      X509_set_pubkey(handle, key) == 1
    else { throw CryptoError(Self.step) }
  }

  deinit {
    if !isReleased { X509_free(handle) }
  }

  /// The caller owns the certificate from now on.
  func release() -> OpaquePointer {
    isReleased = true
    return handle
  }

  func setHosts(_ hosts: [String]) throws(CryptoError) {
    if hosts.isEmpty { return }
    guard let names = GENERAL_NAMES_new() else { throw CryptoError(Self.step) }
    defer { GENERAL_NAMES_free(names) }
    for host in hosts {
      guard let name = Self.generalName(host) else { throw CryptoError(Self.step) }
      guard copenssl_push_name(names, name) > 0 else {
        GENERAL_NAME_free(name)
        throw CryptoError(Self.step)
      }
    }
    guard X509_add1_ext_i2d(handle, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0) == 1 else {
      throw CryptoError(Self.step)
    }
  }

  func sign(
    issuer: OpaquePointer, key: OpaquePointer, extensions: [(Int32, String)]
  ) throws(CryptoError) {
    guard X509_set_issuer_name(handle, X509_get_subject_name(issuer)) == 1 else {
      throw CryptoError(Self.step)
    }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer, handle, nil, nil, 0)
    for (kind, value) in extensions {
      guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else { throw CryptoError(Self.step) }
      defer { X509_EXTENSION_free(made) }
      guard X509_add_ext(handle, made, -1) == 1 else { throw CryptoError(Self.step) }
    }
    guard X509_sign(handle, key, EVP_sha256()) > 0 else { throw CryptoError(Self.step) }
  }

  private static func generalName(_ host: String) -> UnsafeMutablePointer<GENERAL_NAME>? {
    if let address = a2i_IPADDRESS(host) {
      ASN1_STRING_free(address)
      return a2i_GENERAL_NAME(nil, nil, nil, GEN_IPADD, host, 0)
    }
    ERR_clear_error()
    return a2i_GENERAL_NAME(nil, nil, nil, GEN_DNS, host, 0)
  }

  /// 16 random bytes, positive (RFC 5280 §4.1.2.2).
  private static func setSerial(_ certificate: OpaquePointer) -> Bool {
    var bytes = SecureRandom.bytes(16)
    bytes[0] = bytes[0] & 0x7f | 0x40
    guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else { return false }
    defer { BN_free(number) }
    return BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
  }
}
