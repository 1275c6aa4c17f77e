// One run of the sandbox, from the first line to the summary.

import ArgumentParser
import FoundationEssentials
import Gateway
import NIOCore
import Sandbox
import UnixSignals

#if canImport(Glibc)
  import Glibc
#endif

struct SandboxRun {
  private let options: SandboxCommand
  init(_ options: SandboxCommand) { self.options = options }

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let directory = FileManager.default.temporaryDirectory.path + "/presence-gateway-\(getpid())"
    var settings = CompanyOptions(directory: directory)
    settings.people = options.people
    settings.seed = options.seed
    settings.speed = options.speed
    settings.accounts = options.accounts
    let company = try SimulatedCompany(settings)
    try await company.start()
    step("simulated Microsoft 365 tenant: \(options.people) people, at \(company.graph.baseURL)")

    let (publicPort, adminPort) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    let environment = processEnvironment().merging(
      company.environment(publicPort: publicPort, adminPort: adminPort), uniquingKeysWith: { $1 })
    let log = "\(directory)/gateway.log"
    let stage = SandboxStage(
      company: company, config: options.config, environment: environment, log: log, adminPort: adminPort)
    try await stage.startGateway()
    step("gateway started with \(options.config); its log is \(log)")
    try company.connectPBX(publicPort: publicPort)
    step("simulated PBX dials the gateway")

    let ending = Ending()
    let watch = Task {
      for await _ in signals {
        await ending.end()
        break
      }
    }
    var code: ExitCode = .success
    let hasStarted = await startUp(stage, ending)
    if hasStarted {
      step("admin page: http://127.0.0.1:\(adminPort)/")
      company.startDay()
      await live(stage, ending)
      company.endDay()
    } else {
      code = .failure
    }
    watch.cancel()
    if await !finish(stage, tells: hasStarted) { code = .failure }
    await company.stop()
    if code == .success { try? FileManager.default.removeItem(atPath: directory) }
    if code != .success { throw code }
  }

  /// Prints each step as it is done; false when it did not come to be ready.
  private func startUp(_ stage: SandboxStage, _ ending: Ending) async -> Bool {
    var lines = StartupLines()
    let deadline = NIODeadline.now() + .seconds(120)
    var progress: String?
    while NIODeadline.now() < deadline, await !ending.isOver {
      if await stage.gatewayIsGone() {
        step("the gateway ended; its log, \(stage.log), says at last:\n\(lastWords(stage.log))", mark: "✗")
        return false
      }
      if let status = await stage.status.snapshot() {
        for line in lines.news(status) { replaceProgress(with: line, &progress) }
        if status.unready.isEmpty, status.people.matched > 0 {
          replaceProgress(with: "✓ people: \(status.people.matched) matched in both systems", &progress)
          return true
        }
        if let next = lines.progress(status), next != progress, paints {
          show("\r\u{1B}[K\(next)")
          progress = next
        }
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
    if await ending.isOver { return false }
    step("not ready after two minutes: see \(stage.log)", mark: "✗")
    return false
  }

  private func replaceProgress(with line: String, _ progress: inout String?) {
    show((progress == nil ? "" : "\r\u{1B}[K") + line + "\n")
    progress = nil
  }

  /// Repaints the table until it is time.
  private func live(_ stage: SandboxStage, _ ending: Ending) async {
    let start = NIODeadline.now()
    let company = stage.company
    let name = "\(options.people) people, speed \(options.speed)"
    var painted = 0
    var killed = false
    while await !ending.isOver {
      let now = NIODeadline.now()
      let elapsed = Int((now - start).nanoseconds / 1_000_000_000)
      if options.seconds > 0, elapsed >= options.seconds { return }
      if options.killAfter > 0, elapsed >= options.killAfter, !killed {
        killed = true
        await stage.killAndRestart()
      }
      if await stage.gatewayIsGone() { return }
      if paints {
        let size = Terminal.size
        let table = LiveTable(
          company: name, page: "http://127.0.0.1:\(stage.adminPort)/", columns: size.columns,
          rows: min(size.rows, 40))
        let lines = table.lines(
          company.book.snapshot(), people: company.population.people, elapsed: elapsed, now: now)
        let up = painted > 0 ? "\u{1B}[\(painted)A" : ""
        show(up + lines.map { "\r\u{1B}[K\($0)\n" }.joined() + "\u{1B}[J")
        painted = lines.count
      } else if elapsed / 10 > painted {
        painted = elapsed / 10
        show("  \(elapsed) s: \(FigureLine.text(company.book.figures()))\n")
      }
      try? await Task.sleep(for: .milliseconds(500))
    }
  }

  /// Ends the gateway in good order and says what was, if anything; false when something was left behind.
  private func finish(_ stage: SandboxStage, tells: Bool) async -> Bool {
    let memory = await stage.residentBytes()
    let status = await stage.status.snapshot()
    // Before the gateway takes everything back, which is no answer to a change.
    let figures = stage.company.book.figures()
    let exit = await stage.stopGateway()
    let leftovers = await stage.company.leftovers()
    let summary = SandboxSummary(
      figures: figures, deliveries: status?.routes ?? [], exitCode: exit, leftovers: leftovers,
      residentBytes: memory,
      people: status?.people.matched ?? 0, startSeconds: await stage.startSeconds,
      subscriptionsMade: stage.company.graph.presenceSubscriptionsMade)
    if tells {
      if options.json { tell(summary.json() + "\n") } else { show("\n" + summary.text()) }
    }
    return leftovers.isEmpty && exit == 0
  }

  private func step(_ text: String, mark: String = "✓") { show("\(mark) \(text)\n") }
  /// With `--json` standard output is the one line of JSON.
  private func show(_ text: String) { Terminal.write(text, to: options.json ? 2 : 1) }
  private var paints: Bool { Terminal.isInteractive && !options.json }

  private func lastWords(_ log: String) -> String {
    let lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.suffix(8).map { "    \($0)" }.joined(separator: "\n")
  }
}

/// Whether somebody wants it to end.
actor Ending {
  private(set) var isOver = false
  func end() { isOver = true }
}
