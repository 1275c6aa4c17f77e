// An administrator who is known by a certificate: openssl makes the certificates, curl shows them.

import FoundationEssentials
import Logging
import NIOPosix
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

@Suite(.enabled(if: Program("openssl") != nil && Program("curl") != nil), .timeLimit(.minutes(1)))
struct ClientCertificateTests {
  /// The admin listener with a probe, a page that is open, and what only the administrator may do.
  private struct Rig {
    let folder: String
    let events = EventLog()
    let access: AdminAccess
    let server: WebServer
    private let openssl: Program
    private let curl: Program

    init(_ more: String = "") async throws {
      folder = try TestFolder.make("admin-tls")
      openssl = try #require(Program("openssl"))
      curl = try #require(Program("curl"))
      let (authority, certificate, key) = try TestCertificates.make()
      for (text, name) in [(authority, "server-ca"), (certificate, "server"), (key, "server-key")] {
        try TestFolder.write(text, "\(folder)/\(name).pem")
      }
      try Self.make("authority", in: folder, openssl)
      let loaded = ConfigRig.gateway(
        "admin: { listen: '127.0.0.1:0', tls: { certificate: \(folder)/server.pem, key: \(folder)/server-key.pem, "
          + "client_ca: \(folder)/authority.pem }\(more) }", environment: ["ADMIN_PASSWORD": "correct horse"])
      #expect(loaded.errors.map(\.description) == [])
      let logger = Logger(label: "admin", factory: { _ in SwiftLogNoOpLogHandler() })
      let audit = AuditLog(logger: logger, events: events)
      let access = AdminAccess(loaded.config.admin, clock: ManualClock(), audit: audit)
      self.access = access
      let route = InternalRoute(
        "/x",
        [
          "GET": { call in .whole(WebResponse(200, body: Array((access.status(call).csrfToken ?? "").utf8)))
          },
          "PUT": { call in
            audit.done("change", call)
            return .whole(WebResponse(204))
          },
        ])
      let healthy = InternalRoute("/healthz") { _ in WebResponse(200) }
      server = WebServer(
        .admin(loaded.config.admin),
        router: try WebRouter(internalRoutes: [
          access.guarding(route, .administrator), access.guarding(healthy, .alive),
        ]), logger: logger)
      try await server.start()
    }

    func end() async {
      await server.stop(grace: .zero)
      try? FileManager.default.removeItem(atPath: folder)
    }

    static func make(_ authority: String, in folder: String, _ openssl: Program) throws {
      let made = try openssl.run([
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=\(authority)", "-keyout", "\(folder)/\(authority)-key.pem", "-out",
        "\(folder)/\(authority).pem",
      ])
      #expect(made.status == 0, "\(made.output)")
    }

    /// The arguments for curl that show a certificate which `authority` has issued.
    func certificate(
      _ subject: String, by authority: String = "authority", usage: String = "clientAuth",
      until end: String = "20991231235959Z"
    ) throws -> [String] {
      let path = "\(folder)/\(authority)-\(usage)-\(end)"
      if authority != "authority" { try Self.make(authority, in: folder, openssl) }
      try TestFolder.write("", "\(folder)/index")
      try TestFolder.write(
        """
        [ca]
        default_ca = it
        [it]
        database = \(folder)/index
        new_certs_dir = \(folder)
        rand_serial = yes
        default_md = sha256
        policy = any
        x509_extensions = client
        [any]
        commonName = optional
        organizationName = optional
        [client]
        extendedKeyUsage = \(usage)
        """, "\(folder)/ca.cnf")
      let asked = try openssl.run([
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
        "-keyout", "\(path)-key.pem", "-out", "\(path).csr",
      ])
      #expect(asked.status == 0, "\(asked.output)")
      let issued = try openssl.run([
        "ca", "-batch", "-notext", "-config", "\(folder)/ca.cnf", "-cert", "\(folder)/\(authority).pem",
        "-keyfile", "\(folder)/\(authority)-key.pem", "-startdate", "20200101000000Z", "-enddate", end,
        "-in", "\(path).csr", "-out", "\(path).pem",
      ])
      #expect(issued.status == 0, "\(issued.output)")
      return ["--cert", "\(path).pem", "--key", "\(path)-key.pem"]
    }

    /// Status and body; 0 when there was no answer.
    func ask(_ path: String, _ more: [String] = []) async throws -> (status: Int, body: String) {
      let url = "https://127.0.0.1:\(server.port ?? 0)\(path)"
      let arguments = [
        "-s", "-m", "10", "--cacert", "\(folder)/server-ca.pem", "-w", "\n%{http_code}", url,
      ]
      let output = try await run(curl, arguments + more)
      let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
      return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// TLS 1.2 shows at once whether a session is taken up again.
    func reconnecting(_ certificate: [String]) async throws -> String {
      try await run(
        openssl,
        [
          "s_client", "-connect", "127.0.0.1:\(server.port ?? 0)", "-tls1_2", "-reconnect", "-cert",
          certificate[1], "-key", certificate[3],
        ])
    }

    private func run(_ program: Program, _ arguments: [String]) async throws -> String {
      try await NIOThreadPool.singleton.runIfActive { try program.run(arguments).output }
    }
  }

  @Test func aCertificateIsTheAdministratorAndChangesStillNeedTheToken() async throws {
    let rig = try await Rig()
    let mine = try rig.certificate("/O=Corp/CN=Ada Lovelace")
    let (status, token) = try await rig.ask("/x", mine)
    #expect(status == 200 && token.count == 64)
    let change = mine + ["-X", "PUT"]
    let withToken = change + ["-H", "X-CSRF-Token: \(token)"]
    #expect(try await rig.ask("/x", change).status == 403)
    #expect(try await rig.ask("/x", withToken + ["-H", "Origin: https://evil.example"]).status == 403)
    #expect(try await rig.ask("/x", withToken + ["-H", "Sec-Fetch-Site: cross-site"]).status == 403)
    #expect(try await rig.ask("/x", withToken).status == 204)
    // The token alone is nobody.
    #expect(try await rig.ask("/x", ["-X", "PUT", "-H", "X-CSRF-Token: \(token)"]).status == 401)
    #expect(
      rig.events.newest(10).map { "\($0.message): \($0.detail ?? "")" } == [
        "PUT /x: from 127.0.0.1, no client certificate was shown",
        "change: from 127.0.0.1, Ada Lovelace",
        "PUT /x: from 127.0.0.1, Ada Lovelace, the request comes from another site",
        "PUT /x: from 127.0.0.1, Ada Lovelace, the change does not carry the token of this page",
      ])
    let sessions = try await rig.reconnecting(mine)
    #expect(sessions.contains("New, TLSv1.2") && !sessions.contains("Reused"), "\(sessions)")
    await rig.end()
  }

  @Test func withoutOneTheAnswerSaysWhatIsNeededAndProbesStayOpen() async throws {
    let rig = try await Rig()
    let answer = try await rig.ask("/x")
    #expect(answer.status == 401)
    #expect(answer.body.contains("no client certificate was shown"))
    #expect(answer.body.contains("an authority in gateway.admin.tls.client_ca"))
    #expect(try await rig.ask("/healthz").status == 200)
    await rig.end()
  }

  @Test func othersCertificatesAreNoWayIn() async throws {
    let rig = try await Rig()
    for wrong in [
      try rig.certificate("/CN=Mallory", by: "stranger"),
      try rig.certificate("/CN=Ada", until: "20200102000000Z"),
      try rig.certificate("/CN=a server", usage: "serverAuth"),
    ] {
      #expect(try await rig.ask("/x", wrong).status == 0)
    }
    // The same way with a good one: what was refused above was the certificate.
    #expect(try await rig.ask("/x", rig.certificate("/O=No common name")).status == 200)
    await rig.end()
  }

  @Test func anotherAuthorityIsTrustedFromTheNextConnectionOn() async throws {
    let rig = try await Rig()
    let (former, next) = (try rig.certificate("/CN=Ada"), try rig.certificate("/CN=Ada", by: "successor"))
    #expect(try await rig.ask("/x", former).status == 200)
    try FileManager.default.removeItem(atPath: "\(rig.folder)/authority.pem")
    try FileManager.default.copyItem(
      atPath: "\(rig.folder)/successor.pem", toPath: "\(rig.folder)/authority.pem")
    rig.server.checkCertificate()
    #expect(try await rig.ask("/x", next).status == 200)
    #expect(try await rig.ask("/x", former).status == 0)
    await rig.end()
  }

  @Test func besidesAPasswordEitherWillDo() async throws {
    let rig = try await Rig(", password: env:ADMIN_PASSWORD")
    let answer = try await rig.ask("/x")
    #expect(
      answer.status == 401 && answer.body.contains("Sign in with the administrator's password, or come"))
    let call = WebCall(WebRequest(method: "POST", path: "/x", headers: [("host", "127.0.0.1")]))
    #expect(rig.access.status(call).access == "password")
    let cookie = try await rig.access.signIn("correct horse", call).prefix { $0 != ";" }
    #expect(try await rig.ask("/x", ["-H", "Cookie: \(cookie)"]).status == 200)
    #expect(try await rig.ask("/x", rig.certificate("/CN=Ada")).status == 200)
    await rig.end()
  }
}
