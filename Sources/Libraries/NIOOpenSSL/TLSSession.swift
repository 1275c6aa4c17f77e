// One TLS connection without a socket: bytes in, bytes out. The handler around it does the input and output.

import COpenSSL
import Glibc
import NIOCore

/// OpenSSL's state machine between two memory BIOs. Belongs to one event loop.
final class TLSSession {
  enum Progress {
    case done
    case wantsInput
    case peerClosed
    case failed([String])
  }

  /// The largest piece handed to OpenSSL at once: one record. Memory BIOs keep their largest size.
  static let recordSize = 16_384
  /// The room that one reading wants at least.
  static let readSpace = 1024

  let ssl: OpaquePointer
  private let inbound: OpaquePointer
  private let outbound: OpaquePointer

  init(server context: SSLContext) throws(TLSError) {
    (ssl, inbound, outbound) = try Self.open(context)
    SSL_set_accept_state(ssl)
  }

  init(client context: SSLContext, serverName: String) throws(TLSError) {
    (ssl, inbound, outbound) = try Self.open(context)
    SSL_set_connect_state(ssl)
    try expect(serverName)
  }

  deinit { SSL_free(ssl) }

  private static func open(
    _ context: SSLContext
  ) throws(TLSError) -> (OpaquePointer, OpaquePointer, OpaquePointer) {
    ERR_clear_error()
    let inbound = BIO_new(BIO_s_mem())
    let outbound = BIO_new(BIO_s_mem())
    guard let ssl = SSL_new(context.handle), let inbound, let outbound else {
      BIO_free(inbound)
      BIO_free(outbound)
      throw .configuration("cannot prepare TLS")
    }
    SSL_set_bio(ssl, inbound, outbound)
    return (ssl, inbound, outbound)
  }

  /// Demands that name of the server and asks for it (RFC 6066 §3 forbids asking for addresses).
  private func expect(_ name: String) throws(TLSError) {
    let parameters = SSL_get0_param(ssl)
    X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    let bare = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
    let isAccepted =
      if name.isEmpty || name.utf8.contains(0) {
        false
      } else if Self.isAddress(bare) {
        X509_VERIFY_PARAM_set1_ip_asc(parameters, bare) == 1
      } else {
        !name.contains(":") && X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count) == 1
          && copenssl_set_server_name(ssl, name) == 1
      }
    guard isAccepted else {
      ERR_clear_error()
      throw .configuration("not a server name: \(name)", [])
    }
  }

  private static func isAddress(_ name: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
  }

  /// Hands over what came from the peer. At most `recordSize` bytes, then `handshake` or `decrypt`.
  func feed(_ ciphertext: ByteBuffer) {
    ciphertext.withUnsafeReadableBytes { bytes in
      _ = BIO_write(inbound, bytes.baseAddress, Int32(bytes.count))
    }
  }

  func handshake() -> Progress {
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    return result == 1 ? .done : progress(of: result)
  }

  /// Appends all plaintext that is complete. Never returns `.done`.
  func decrypt(into plaintext: inout ByteBuffer) -> Progress {
    while true {
      ERR_clear_error()
      var result: Int32 = 0
      let space = max(Self.readSpace, Int(SSL_pending(ssl)))
      plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: space) { bytes in
        result = SSL_read(ssl, bytes.baseAddress, Int32(clamping: bytes.count))
        return max(0, Int(result))
      }
      if result <= 0 { return progress(of: result) }
      if SSL_has_pending(ssl) == 0, BIO_ctrl_pending(inbound) == 0 { return .wantsInput }
    }
  }

  /// Encrypts at least one byte; nil when it worked, else OpenSSL's reasons.
  func encrypt(_ plaintext: ByteBuffer) -> [String]? {
    ERR_clear_error()
    let result = plaintext.withUnsafeReadableBytes { SSL_write(ssl, $0.baseAddress, Int32($0.count)) }
    return result == plaintext.readableBytes ? nil : TLSError.drainQueue()
  }

  /// Produces close_notify.
  func shutdown() {
    ERR_clear_error()
    _ = SSL_shutdown(ssl)
    ERR_clear_error()
  }

  /// What is to be sent to the peer; nil when there is nothing.
  func takeOutput(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
    let count = BIO_ctrl_pending(outbound)
    guard count > 0 else { return nil }
    var buffer = allocator.buffer(capacity: count)
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
      max(0, Int(BIO_read(outbound, bytes.baseAddress, Int32(count))))
    }
    return buffer
  }

  /// The protocol that ALPN settled on.
  var alpn: String? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &count)
    guard let name, count > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
  }

  /// Of the certificate that a client has shown and that was verified: its common name, or all of its subject.
  var clientName: String? {
    guard let certificate = SSL_get0_peer_certificate(ssl), SSL_get_verify_result(ssl) == Int(X509_V_OK)
    else { return nil }
    let subject = X509_get_subject_name(certificate)
    let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
    if index >= 0, let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)) {
      var text: UnsafeMutablePointer<UInt8>?
      let count = ASN1_STRING_to_UTF8(&text, value)
      defer { CRYPTO_free(text, #file, #line) }
      if let text, count > 0 {
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
      }
      ERR_clear_error()
    }
    var line = [CChar](repeating: 0, count: 512)
    X509_NAME_oneline(subject, &line, Int32(line.count))
    return line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  private func progress(of result: Int32) -> Progress {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .wantsInput
    case SSL_ERROR_ZERO_RETURN: return .peerClosed
    default:
      var reasons = TLSError.drainQueue()
      let verdict = SSL_get_verify_result(ssl)
      if verdict != Int(X509_V_OK) { reasons.append(String(cString: X509_verify_cert_error_string(verdict))) }
      return .failed(reasons)
    }
  }
}
