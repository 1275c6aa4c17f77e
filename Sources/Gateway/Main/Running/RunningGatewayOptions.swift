// What every command says that talks to the gateway that runs with this configuration.

import ArgumentParser
import FoundationEssentials
import Gateway

struct RunningGatewayOptions: ParsableArguments {
  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Option(help: "File with the administrator's password, instead of what gateway.admin.password refers to.")
  var passwordFile: String?
  @Option(
    help:
      "PEM file with a client certificate of an authority in gateway.admin.tls.client_ca, instead of a password."
  )
  var clientCertificate: String?
  @Option(help: "PEM file with its key; by default in the same file.") var clientKey: String?

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
      say("presence-gateway: \(error)")
      throw ExitCode(1)
    }
  }

  private static func firstLine(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(whereSeparator: \.isNewline).first
    else {
      say("presence-gateway: \(path) cannot be read, or is empty")
      throw ExitCode(2)
    }
    return String(line)
  }
}
