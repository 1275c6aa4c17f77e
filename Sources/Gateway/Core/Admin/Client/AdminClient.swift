// Reaches the admin listener of a gateway that runs with the same configuration: for the commands that look into it, or
// tell it something.

import OpenSSLCrypto
import PluginAPI

public struct AdminClient: Sendable {
  public enum Failure: Error, Sendable, CustomStringConvertible {
    case noAnswer(url: String, HTTPClientError)
    /// The gateway's own words, or those of the files that are needed to ask it.
    case refused(reason: String, remedy: String)

    public var reason: String {
      switch self {
      case .noAnswer(let url, .tls(let reason)):
        "\(url) answers with another key than gateway.admin.tls: \(reason)"
      case .noAnswer(let url, let error): "no gateway answers at \(url): \(error)"
      case .refused(let reason, _): reason
      }
    }
    public var remedy: String {
      switch self {
      case .noAnswer(_, .tls): "see what listens there"
      case .noAnswer: "start it, or name the configuration that it runs with"
      case .refused(_, let remedy): remedy
      }
    }
    public var description: String { "\(reason); \(remedy)" }
  }

  /// The page's address, as seen from this machine.
  public let url: String
  let listener: AdminListener
  let proof: AdminProof

  /// An address that means "everywhere" is asked on this machine.
  public init(_ listener: AdminListener, as proof: AdminProof = .configured) {
    let address = listener.listen
    let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.host
    url = "\(listener.tls == nil ? "http" : "https")://\(ListenAddress(host: host, port: address.port))"
    self.listener = listener
    self.proof = proof
  }

  /// Signs in where a password is asked for, once for all that `body` asks, and out again.
  public func asAdministrator<Outcome: Sendable>(
    _ body: (AdminSession) async throws(Failure) -> Outcome
  ) async throws(Failure) -> Outcome {
    try await connected { (http) async throws(Failure) in
      let session = try await AdminSession(self, http)
      let outcome: Result<Outcome, Failure>
      do throws(Failure) { outcome = .success(try await body(session)) } catch { outcome = .failure(error) }
      await session.end()
      return try outcome.get()
    }
  }

  /// Of those that nobody is asked a password for, such as `/readyz`.
  func probe(_ path: String) async throws(Failure) -> HTTPResponse {
    try await connected { (http) async throws(Failure) in try await send(http, "GET", path) }
  }

  func send(
    _ http: CurlClient, _ method: String, _ path: String, _ headers: [(name: String, value: String)] = [],
    _ body: [UInt8]? = nil
  ) async throws(Failure) -> HTTPResponse {
    let request = HTTPRequest(method, url + path, headers: headers, body: body, timeout: .seconds(10))
    do throws(HTTPClientError) { return try await http.send(request) } catch {
      if case .certificate(let files) = proof, case .connectionLost(let reason) = error {
        throw .refused(
          reason:
            "the gateway at \(url) ends the connection over the certificate \(files.certificate): \(reason)",
          remedy: "it must be issued for clients, by an authority in gateway.admin.tls.client_ca")
      }
      throw .noAnswer(url: url, error)
    }
  }

  // MARK: The connection

  private func connected<Outcome: Sendable>(_ body: (CurlClient) async throws(Failure) -> Outcome)
    async throws(Failure) -> Outcome
  {
    var options = CurlOptions()
    // The password goes to this machine, or to the address that the configuration names.
    options.proxy = ""
    options.pinnedKey = try pinnedKey()
    if case .certificate(let files) = proof {
      guard listener.asksForCertificate else {
        throw .refused(
          reason: "gateway.admin.tls.client_ca is not set, so nobody is asked for a certificate",
          remedy: "leave --client-certificate out")
      }
      try files.checkAsClient()
      options.clientCertificate = files
    }
    let http = CurlClient(options)
    let outcome: Result<Outcome, Failure>
    do throws(Failure) { outcome = .success(try await body(http)) } catch { outcome = .failure(error) }
    await http.shutdown(grace: .zero)
    return try outcome.get()
  }

  /// Whoever has the key of the listener's certificate is the gateway, whatever the certificate is called and whoever
  /// signed it.
  private func pinnedKey() throws(Failure) -> String? {
    guard let files = listener.tls else { return nil }
    do {
      let key = try Certificate(pem: try BoundedFile.text(files.certificate)).publicKey
      return "sha256//" + Base64.encode(Digest.sha256(key.subjectPublicKeyInfo))
    } catch {
      throw .refused(
        reason: "gateway.admin.tls.certificate \(files.certificate): \(error)",
        remedy: "run this command as somebody who can read it")
    }
  }
}
