// Debian's tinyproxy on loopback, as companies have one between the gateway and Microsoft.

import Clients
import FoundationEssentials
import Sandbox
import Testing

struct ForwardProxy {
  let address: String
  private let folder: String

  /// Nil, with a line that says so, where it is not installed. `connects`: whether it lets HTTPS through.
  init?(connects: Bool = true) async throws {
    guard await Shell.run("which tinyproxy", within: 5).succeeded else {
      print("skipped: tinyproxy is not installed")
      return nil
    }
    folder = try temporaryFolder("proxy")
    let port = try await freeLoopbackPort()
    address = "http://127.0.0.1:\(port)"
    let lines = [
      "Port \(port)", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50", "LogLevel Connect",
      "LogFile \"\(folder)/log\"", "PidFile \"\(folder)/pid\"",
    ]
    let text = (lines + (connects ? [] : ["ConnectPort 0"])).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/conf"))
    // It goes on in the background: nobody must wait for the end of its output.
    let started = await Shell.run("tinyproxy -c '\(folder)/conf' >/dev/null", within: 10)
    try #require(started.succeeded, "tinyproxy does not start")
  }

  /// Runs `body` beside one, which ends with it. Nothing is run where tinyproxy is missing.
  static func run(connects: Bool = true, _ body: (ForwardProxy) async throws -> Void) async throws {
    guard let proxy = try await ForwardProxy(connects: connects) else { return }
    do { try await body(proxy) } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  /// Which host and port it was asked to connect to.
  var connections: Set<String> {
    let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
    return Set(
      log.split(separator: "\n").compactMap { line in
        line.firstRange(of: ": CONNECT ").map { line[$0.upperBound...].prefix { $0 != " " } }.map(String.init)
      })
  }

  private func stop() async {
    _ = await Shell.run("kill $(cat '\(folder)/pid')", within: 5)
    try? FileManager.default.removeItem(atPath: folder)
  }
}
