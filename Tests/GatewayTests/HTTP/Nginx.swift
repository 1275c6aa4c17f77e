// A real web server for the HTTP client: HTTP/2 over TLS, keep-alive and compression that we did not write.

import FoundationEssentials
import NIOCore
import NIOPosix
import OpenSSLCrypto

/// Serves `/connection` (connection number and protocol), `/zeros` (1 MiB), `/moved` (a redirect) on both
/// ports.
struct Nginx {
  let plainPort: Int
  let tlsPort: Int
  /// Of the server that stands before ours.
  let proxyPort: Int
  /// The authority that issued the server's certificate for `127.0.0.1` and `localhost`.
  let trustFile: String
  /// In PEM.
  let certificate: String
  private let folder: String
  private let program: Program

  /// Nil when nginx is not installed. It listens when this returns: the starting process waits for that.
  /// `ours` is the configuration of a server that listens on the given port.
  init?(before ours: (_ port: Int) -> String = { _ in "" }) async throws {
    guard let program = Program("nginx") else {
      print("skipped: nginx is not installed")
      return nil
    }
    self.program = program
    folder = try TestFolder.make("nginx")
    trustFile = "\(folder)/ca.pem"
    let ports = try await Self.freePorts()
    (plainPort, tlsPort, proxyPort) = (ports[0], ports[1], ports[2])
    let (authority, own, key) = try TestCertificates.make()
    certificate = own
    try TestFolder.write(authority, "\(folder)/ca.pem")
    try TestFolder.write(own, "\(folder)/cert.pem")
    try TestFolder.write(key, "\(folder)/key.pem")
    try TestFolder.write(String(repeating: "0", count: 1 << 20), "\(folder)/zeros")
    try TestFolder.write(configuration(ours(proxyPort)), "\(folder)/nginx.conf")
    let arguments = ["-p", folder, "-e", "error.log", "-c", "nginx.conf"]
    // Not on a thread that other tests need.
    let result = try await NIOThreadPool.singleton.runIfActive { try program.run(arguments) }
    guard result.status == 0 else { throw TestFailure("nginx: \(result.output)") }
  }

  func stop() {
    _ = try? program.run(["-p", folder, "-e", "error.log", "-c", "nginx.conf", "-s", "stop"])
    try? FileManager.default.removeItem(atPath: folder)
  }

  var plain: String { "http://127.0.0.1:\(plainPort)" }
  var tls: String { "https://127.0.0.1:\(tlsPort)" }

  private func configuration(_ ours: String) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \($0)_temp;" }
    return """
      daemon on;
      worker_processes 1;
      pid nginx.pid;
      events { worker_connections 512; }
      http {
        access_log off;
        default_type text/plain;
        gzip on;
        gzip_types *;
        keepalive_requests 100000;
        \(temporary.joined(separator: "\n  "))
        server {
          listen 127.0.0.1:\(plainPort);
          listen 127.0.0.1:\(tlsPort) ssl http2;
          ssl_certificate cert.pem;
          ssl_certificate_key key.pem;
          root .;
          location = /connection { return 200 "$connection $server_protocol"; }
          location = /moved { return 302 /connection; }
        }
        \(ours)
      }

      """
  }

  /// Outside the range from which the system takes ports for outgoing connections, where another test may be.
  private static func freePorts() async throws -> [Int] {
    var ports: [Int] = []
    for port in (10_000..<30_000).shuffled().prefix(100) where ports.count < 3 {
      let bound = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(
        host: "127.0.0.1", port: port)
      guard let channel = try? await bound.get() else { continue }
      ports.append(port)
      try await channel.close()
    }
    guard ports.count == 3 else { throw TestFailure("no free port") }
    return ports
  }
}

struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

enum TestFolder {
  static func make(_ name: String) throws -> String {
    let path =
      "\(FileManager.default.temporaryDirectory.path)/presence-gateway-\(name)-\(SecureRandom.guid())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    // nginx's worker is another user when the tests run as root.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }
  static func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }
}

enum TestCertificates {
  /// PEM texts of an authority and of a server.
  static func make(hosts: [String] = ["127.0.0.1", "localhost"]) throws -> (
    authority: String, certificate: String, key: String
  ) {
    let (authorityKey, key) = (try PrivateKey.generateEC(), try PrivateKey.generateEC())
    let authority = try Certificate.selfSigned(
      key: authorityKey, commonName: "Test authority", validDays: 2, isAuthority: true)
    let certificate = try Certificate.issue(
      for: key.publicKey, commonName: hosts[0], hosts: hosts, validDays: 2, by: authority,
      issuerKey: authorityKey)
    return (authority.pem, certificate.pem, key.pem)
  }
}
