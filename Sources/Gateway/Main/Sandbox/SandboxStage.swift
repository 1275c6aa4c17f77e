// The company with the gateway's process: starting, killing and ending it.

import NIOCore
import Sandbox

#if canImport(Glibc)
  import Glibc
#endif

actor SandboxStage {
  nonisolated let company: SimulatedCompany
  nonisolated let log: String
  nonisolated let adminPort: Int
  nonisolated let status: StatusReader
  private let config: String
  private let environment: [String: String]
  private var process: GatewayProcess?
  private var exitCode: Int32?
  /// From the start of the process until its admin listener answered.
  private(set) var startSeconds = 0.0

  init(company: SimulatedCompany, config: String, environment: [String: String], log: String, adminPort: Int)
  {
    self.company = company
    self.config = config
    self.environment = environment
    self.log = log
    self.adminPort = adminPort
    status = StatusReader(adminPort: adminPort)
  }

  /// Returns when the gateway answers, or after 10 s.
  func startGateway() async throws {
    let started = NIODeadline.now()
    process = try GatewayProcess.start(config: config, environment: environment, logFile: log)
    exitCode = nil
    while NIODeadline.now() < started + .seconds(10), !gatewayIsGone(), await status.snapshot() == nil {
      try await Task.sleep(for: .milliseconds(5))
    }
    startSeconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
  }

  func gatewayIsGone() -> Bool {
    if exitCode == nil { exitCode = process?.exitCode() }
    return exitCode != nil
  }

  func residentBytes() -> Int { process?.residentBytes ?? 0 }

  func killAndRestart() async {
    process?.send(SIGKILL)
    while !gatewayIsGone() { try? await Task.sleep(for: .milliseconds(5)) }
    try? await startGateway()
  }

  /// SIGTERM, and SIGKILL when it has not ended after 15 s. The exit code.
  func stopGateway() async -> Int32 {
    process?.send(SIGTERM)
    let deadline = NIODeadline.now() + .seconds(15)
    while !gatewayIsGone(), NIODeadline.now() < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    if !gatewayIsGone() {
      process?.send(SIGKILL)
      while !gatewayIsGone() { try? await Task.sleep(for: .milliseconds(20)) }
    }
    return exitCode ?? -1
  }
}
