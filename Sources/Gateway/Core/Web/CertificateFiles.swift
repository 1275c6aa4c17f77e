// The listener's certificate on disk: read at start, read again when it changes, so that a renewal needs no
// restart.

import Logging
import NIOOpenSSL

#if canImport(Glibc)
  import Glibc
#endif

/// PEM files by which one side of a connection is known: a listener, or an administrator's command.
public struct CertificateFiles: Sendable, Hashable {
  /// The certificate, followed by intermediate ones.
  public var certificate: String
  public var key: String
  /// The authorities of clients; nil: clients are not asked for a certificate.
  public var clientAuthorities: String?

  public init(certificate: String, key: String, clientAuthorities: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
  }

  func read() throws -> (chain: String, key: String, clientTrust: String?) {
    (
      try Self.text(certificate, "certificate"), try Self.text(key, "key"),
      try clientAuthorities.map { try Self.text($0, "client_ca") }
    )
  }

  /// Changes when a file was written or replaced.
  var fingerprint: [Int] {
    [certificate, key, clientAuthorities].compactMap(\.self).flatMap { path -> [Int] in
      var status = stat()
      guard stat(path, &status) == 0 else { return [0] }
      return [Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
  }

  private static func text(_ path: String, _ what: String) throws -> String {
    do throws(BoundedFile.Unreadable) { return try BoundedFile.text(path) } catch {
      throw WebServerError("the \(what) \(error)")
    }
  }
}

/// Keeps a TLS context as new as its files.
final class CertificateWatch: Sendable {
  private let files: CertificateFiles
  private let context: TLSServerContext
  private let logger: Logger
  private let seen: Locked<[Int]>

  init(_ files: CertificateFiles, logger: Logger) throws {
    self.files = files
    self.logger = logger
    seen = Locked(files.fingerprint)
    let (chain, key, trust) = try files.read()
    context = try TLSServerContext(certificateChainPEM: chain, privateKeyPEM: key, clientTrustPEM: trust)
  }

  func makeHandler(_ limits: TLSLimits) throws -> TLSHandler {
    try TLSHandler.server(context, limits: limits)
  }

  /// A pair that cannot be used changes nothing; it is logged once, and looked at again when it changes.
  func check() {
    let now = files.fingerprint
    let changed = seen.withLock { seen in
      defer { seen = now }
      return seen != now
    }
    guard changed else { return }
    do {
      let (chain, key, trust) = try files.read()
      try context.replace(certificateChainPEM: chain, privateKeyPEM: key, clientTrustPEM: trust)
      logger.notice("certificate reloaded", metadata: ["file": "\(files.certificate)"])
    } catch {
      logger.error(
        "new certificate cannot be used, the old one stays",
        metadata: ["file": "\(files.certificate)", "key": "\(files.key)", "reason": "\(error)"])
    }
  }
}
