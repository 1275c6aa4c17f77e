// What every command says that talks to the gateway that runs with this configuration.

import ArgumentParser
import Gateway

struct RunningGatewayOptions: ParsableArguments {
  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Option(
    help: ArgumentHelp(
      "File with the administrator's password, instead of what gateway.admin.password refers to.",
      valueName: "file"))
  var passwordFile: String?
  @Option(
    help: ArgumentHelp(
      "PEM file with a client certificate of an authority in gateway.admin.tls.client_ca, instead of a password.",
      valueName: "file"))
  var clientCertificate: String?
  @Option(help: ArgumentHelp("PEM file with its key; by default in the same file.", valueName: "file"))
  var clientKey: String?

  func validate() throws {
    if clientKey != nil, clientCertificate == nil {
      throw ValidationError("--client-key needs --client-certificate")
    }
    if passwordFile != nil, clientCertificate != nil {
      throw ValidationError("give --password-file or --client-certificate, not both")
    }
  }

  private func client() throws -> AdminClient {
    AdminClient(try OfflineConfiguration.sound(config).config.admin, as: try proof())
  }

  private func proof() throws -> AdminProof {
    if let clientCertificate {
      return .certificate(
        CertificateFiles(certificate: clientCertificate, key: clientKey ?? clientCertificate))
    }
    return try passwordFile.map { .password(try Self.firstLine($0)) } ?? .configured
  }

  /// Asks the gateway as its administrator; ends the command with the reason when something is not done.
  func asAdministrator<Outcome: Sendable>(
    _ body: (AdminSession) async throws(AdminClient.Failure) -> Outcome
  ) async throws -> Outcome {
    let client = try client()
    do throws(AdminClient.Failure) { return try await client.asAdministrator(body) } catch {
      throw failure(error.reason, error.remedy)
    }
  }

  private static func firstLine(_ path: String) throws -> String {
    let text: String
    do { text = try BoundedFile.text(path, limit: 64 << 10) } catch { throw failure("\(error)") }
    guard let line = text.split(whereSeparator: \.isNewline).first else {
      throw failure("file \(path) is empty", "write the password into it, alone on a line")
    }
    return String(line)
  }
}
