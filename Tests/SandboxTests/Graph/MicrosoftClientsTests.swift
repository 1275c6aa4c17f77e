// The simulated Graph is not only our own idea: Microsoft's own clients talk to it.

import Clients
import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite struct MicrosoftClientsTests {
  private struct Settings: Encodable {
    struct Application: Encodable { let id, secret: String }
    struct Account: Encodable { let username, password: String }
    struct Files: Encodable { let certificate, key: String }
    let url, tenant, trust, reading: String
    let writing: Application
    let account: Account
    let listener, certificate: Files
    /// PEM: the certificate to which notifications are encrypted.
    let encryption: String
    let people: [String]
    let openapi: String
  }
  private struct Result: Decodable {
    let steps: [String]
    let judged: Int
  }

  @Test func understandEveryCallThatTheGatewayMakes() async throws {
    guard let client = PythonClient("graph_conversation.py") else { return }
    let key = try PrivateKey.generateRSA()
    let certificate = try Certificate.selfSigned(key: key, commonName: "gateway", validDays: 30)
    try await TenantBench.run(people: 8) { options in
      options.deviceCodeInterval = 1
      options.apps = options.apps.map { app in
        var app = app
        if app.id == writingApp { app.certificates = [certificate.der] }
        return app
      }
    } _: { bench in
      let folder = FileManager.default.temporaryDirectory.path + "/clients-\(SecureRandom.guid())"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let files = try bench.authority.write(into: folder)
      let encryption = "\(folder)/encryption.pem"
      try Data(Webhook.certificate.pem.utf8).write(to: URL(filePath: encryption))
      let signing = (certificate: "\(folder)/client.pem", key: "\(folder)/client.key")
      try Data(certificate.pem.utf8).write(to: URL(filePath: signing.certificate))
      try Data(key.pem.utf8).write(to: URL(filePath: signing.key))
      let settings = Settings(
        url: bench.service.baseURL, tenant: bench.tenant, trust: files.authority, reading: readingApp,
        writing: .init(id: writingApp, secret: "s3cret"),
        account: .init(username: "sync1@contoso.example", password: "pass word+1"),
        listener: .init(certificate: files.certificate, key: files.key),
        certificate: .init(certificate: signing.certificate, key: signing.key), encryption: encryption,
        people: bench.people.map(\.graphID),
        openapi: "\(PythonClient.repository)/../shared/reference/graph-openapi.yaml")
      try JSONEncoder().encode(settings).write(to: URL(filePath: "\(folder)/settings.json"))
      let (succeeded, output) = await client.run(["\(folder)/settings.json"])
      #expect(succeeded, "\(output)")
      let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("{") })
      let result = try JSONDecoder().decode(Result.self, from: Data(line.utf8))
      #expect(result.steps.count >= 39, "\(result.steps)")
      if FileManager.default.fileExists(atPath: settings.openapi) {
        #expect(result.judged >= 40)
      } else {
        print("skipped: \(settings.openapi) is not there to judge the answers by")
      }
    }
  }
}
