// Asks the admin listener of a gateway that runs with the same configuration: for the commands that look into it, or
// tell it something.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

public struct AdminClient: Sendable {
  public struct Answer: Sendable {
    public let status: Int
    public let text: String
  }
  public enum Failure: Error, Sendable, CustomStringConvertible {
    case noAnswer(url: String, HTTPClientError)
    /// The gateway's own words, or those of the files that are needed to ask it.
    case refused(reason: String, remedy: String)

    public var description: String {
      switch self {
      case .noAnswer(let url, .tls(let reason)):
        "\(url) answers with another key than gateway.admin.tls: \(reason). See what listens there"
      case .noAnswer(let url, let error):
        "no gateway answers at \(url): \(error). Start it, or name the configuration that it runs with"
      case .refused(let reason, let remedy): "\(reason)\(reason.contains("\n") ? "\n" : ". ")\(remedy)"
      }
    }
  }

  /// The page's address, as seen from this machine.
  public let url: String
  private let listener: AdminListener
  private let proof: AdminProof

  /// An address that means "everywhere" is asked on this machine.
  public init(_ listener: AdminListener, as proof: AdminProof = .configured) {
    let address = listener.listen
    let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.host
    url = "\(listener.tls == nil ? "http" : "https")://\(ListenAddress(host: host, port: address.port))"
    self.listener = listener
    self.proof = proof
  }

  /// Signs in where somebody is asked for, and out again.
  public func ask(
    _ method: String, _ path: String, query: [String: String] = [:], body: [UInt8]? = nil
  ) async throws(Failure) -> Answer {
    try await connected { (client) async throws(Failure) in
      guard try signsIn() else { return try await ask(client, method, path, query, body, []) }
      let cookie = [(name: "cookie", value: try await signIn(client))]
      let answer: Result<Answer, Failure>
      do throws(Failure) { answer = .success(try await ask(client, method, path, query, body, cookie)) } catch
      {
        answer = .failure(error)
      }
      if let token = try? await changeToken(client, cookie) {
        _ = try? await send(client, "DELETE", "/api/v1/session", cookie + [("x-csrf-token", token)])
      }
      return try answer.get()
    }
  }

  /// Of those that nobody is asked a password for, such as `/readyz`.
  func probe(_ path: String) async throws(Failure) -> Answer {
    try await connected { (client) async throws(Failure) in
      Answer(try await send(client, "GET", path, []))
    }
  }

  // MARK: Steps

  private func connected(_ body: (CurlClient) async throws(Failure) -> Answer) async throws(Failure) -> Answer
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
    let client = CurlClient(options)
    let answer: Result<Answer, Failure>
    do throws(Failure) { answer = .success(try await body(client)) } catch { answer = .failure(error) }
    await client.shutdown(grace: .zero)
    return try answer.get()
  }

  /// Whoever has the key of the listener's certificate is the gateway, whatever the certificate is called and whoever
  /// signed it.
  private func pinnedKey() throws(Failure) -> String? {
    guard let files = listener.tls else { return nil }
    do {
      let pem = try BoundedFile.read(files.certificate, limit: 1 << 20)
      let key = try Certificate(pem: String(decoding: pem, as: UTF8.self)).publicKey
      return "sha256//" + Base64.encode(Digest.sha256(key.subjectPublicKeyInfo))
    } catch {
      throw .refused(
        reason: "gateway.admin.tls.certificate \(files.certificate): \(error)",
        remedy: "run this command as somebody who can read it")
    }
  }

  /// Whether a password is needed; says so where nothing that is at hand will do.
  private func signsIn() throws(Failure) -> Bool {
    switch proof {
    case .certificate: return false
    case .password: return listener.password != nil
    case .configured:
      if listener.password == nil, listener.asksForCertificate {
        throw .refused(
          reason: "gateway.admin knows administrators by a client certificate only",
          remedy: "give --client-certificate FILE, of an authority in gateway.admin.tls.client_ca")
      }
      return listener.password != nil
    }
  }

  private func ask(
    _ client: CurlClient, _ method: String, _ path: String, _ query: [String: String], _ body: [UInt8]?,
    _ cookie: [(name: String, value: String)]
  ) async throws(Failure) -> Answer {
    var headers = cookie
    if method != "GET" {
      headers.append(("x-csrf-token", try await changeToken(client, cookie)))
      headers.append(("content-type", "application/json"))
    }
    let pairs = query.sorted { $0.key < $1.key }.map { name, value in
      "\(PercentCoding.encoded(name))=\(PercentCoding.encoded(value))"
    }
    let target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    return Answer(try await send(client, method, target, headers, body))
  }

  private func signIn(_ client: CurlClient) async throws(Failure) -> String {
    let password: String
    if case .password(let given) = proof {
      password = given
    } else {
      do { password = try listener.password?.reveal() ?? "" } catch {
        throw .refused(
          reason: "the administrator's password cannot be read: \(error)",
          remedy: "set it where this command is started, or give --password-file")
      }
    }
    let body = try? JSONEncoder().encode(["password": password])
    let response = try await send(
      client, "POST", "/api/v1/session", [("content-type", "application/json")], body.map { [UInt8]($0) })
    guard response.status == 204, let cookie = response.header("set-cookie") else {
      throw Self.refusal(response)
    }
    return String(cookie.prefix { $0 != ";" })
  }

  private func changeToken(_ client: CurlClient, _ headers: [(name: String, value: String)])
    async throws(Failure) -> String
  {
    struct Session: Decodable { let csrfToken: String? }
    let response = try await send(client, "GET", "/api/v1/session", headers)
    guard response.status == 200,
      let token = try? JSONDecoder().decode(Session.self, from: Data(response.body)).csrfToken
    else { throw Self.refusal(response) }
    return token
  }

  private func send(
    _ client: CurlClient, _ method: String, _ path: String, _ headers: [(name: String, value: String)],
    _ body: [UInt8]? = nil
  ) async throws(Failure) -> HTTPResponse {
    let request = HTTPRequest(method, url + path, headers: headers, body: body, timeout: .seconds(10))
    do throws(HTTPClientError) { return try await client.send(request) } catch {
      if case .certificate(let files) = proof, case .connectionLost(let reason) = error {
        throw .refused(
          reason:
            "the gateway at \(url) ends the connection over the certificate \(files.certificate): \(reason)",
          remedy: "it must be issued for clients, by an authority in gateway.admin.tls.client_ca")
      }
      throw .noAnswer(url: url, error)
    }
  }

  private static func refusal(_ response: HTTPResponse) -> Failure {
    Answer(response).refusal
  }
}

extension AdminClient.Answer {
  init(_ response: HTTPResponse) {
    self.init(status: response.status, text: String(decoding: response.body, as: UTF8.self))
  }

  /// What the API says when it does not do what it was asked.
  public var refusal: AdminClient.Failure {
    struct Body: Decodable {
      struct Words: Decodable {
        let reason: String
        let remedy: String
      }
      let error: Words
    }
    guard let words = try? JSONDecoder().decode(Body.self, from: Data(text.utf8)).error else {
      return .refused(reason: "the gateway answers \(status)", remedy: "look into its log")
    }
    let reason = words.reason.split(separator: "\n").map { printable(String($0)) }.joined(separator: "\n")
    return .refused(reason: reason, remedy: printable(words.remedy))
  }
}
