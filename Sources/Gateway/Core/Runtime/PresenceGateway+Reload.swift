// Takes in a changed configuration while everything runs: all of it, or nothing.

import Logging
import PluginAPI

extension PresenceGateway {
  /// Reads the configuration file again. Plugins whose section says the same keep running, and try once more what was
  /// refused: whoever reloads has mended something.
  @discardableResult public func reload() async -> ReloadOutcome? {
    let outcome = await reloads.run { await self.reloadOnce() }
    if case .refused? = outcome { return outcome }
    tryAgain()
    return outcome
  }

  /// Nobody waits for what comes of it: the check marks tell.
  func tryAgain() { Self.tryAgain(current.withLock { $0.instances }) }

  static func tryAgain(_ instances: [PluginInstance]) {
    for instance in instances { Task { await instance.plugin.tryAgain() } }
  }

  /// Nil when the gateway is stopped meanwhile.
  private func reloadOnce() async -> ReloadOutcome? {
    if isStopping.withLock({ $0 }) { return nil }
    let former = current.withLock { $0 }
    let numbers = instanceNumbers
    let next: Assembly
    let router: WebRouter
    do {
      next = try Assembly(options, services: services, after: former, number: { numbers.next() })
      let fixed = ConfigDifference.needingRestart(from: former.config, to: next.config)
      if !fixed.isEmpty { return refused(fixed.map { next.loaded.problem($0.path, $0.message) }) }
      router = try next.router()
    } catch Assembly.Failure.problems(let problems) {
      return refused(problems)
    } catch {
      return refused([former.loaded.problem("plugins", "\(error)")])
    }
    let facts = ConfigDifference.facts(from: former.loaded, to: next.loaded)
    if facts.isEmpty {
      configuration.tookOver(at: services.clock.date)
      reportConfiguration([])
      logger.info("configuration has not changed")
      return .unchanged
    }
    await takeLeave(of: former.leaving(for: next), by: former.farewell(before: next))
    // That took its time; the plugins of now are needed to take back what others hold.
    if isStopping.withLock({ $0 }) { return nil }
    let ending = former.ending(for: next)
    await runner.stop(ending, within: .seconds(3))
    if isStopping.withLock({ $0 }) { return nil }
    for instance in ending {
      services.board.forget(instance.id)
      services.problems.forget(instance.id)
    }
    publicServer.serve(router)
    current.withLock { $0 = next }
    configuration.tookOver(at: services.clock.date)
    await hand(next, whereNew: next.leaving(for: former))
    for instance in former.leaving(for: next) {
      // Whoever has the id now tells its own figures already: only those of the former type are nobody's.
      let isTaken = next.instance(instance.id) != nil
      services.metrics.forgetGauges(
        of: instance.id, beginning: isTaken ? "presence_gateway_\(instance.type)_" : "")
    }
    runner.start(next.ending(for: former))
    reportConfiguration([])
    logWarnings(next)
    services.audit.configurationChanged(facts)
    return .changed(facts)
  }

  /// What a plugin that leaves still holds from us is taken back while it is there.
  private func takeLeave(of leaving: [PluginInstance], by farewell: Assembly?) async {
    guard let farewell, options.shadow == nil else { return }
    await hand(farewell, whereNew: [])
    for instance in leaving where instance.plugin is any PresenceSink {
      if await !core.awaitSettled(instance.id, within: .seconds(5)) {
        logger.warning(
          "a removed plugin's system keeps what could not be taken back in time",
          metadata: ["plugin": "\(instance.id)"])
      }
    }
  }

  private func hand(_ assembly: Assembly, whereNew: [PluginInstance]) async {
    var held: [HeldRecord] = []
    if options.shadow == nil {
      for instance in whereNew { held += await services.states.store.held(of: instance.id) }
    }
    let setup = assembly.setup(isShadow: options.shadow != nil)
    await core.reconfigure(
      setup, plugins: assembly.instances.map(\.plugin), instances: assembly.instances.map(\.number),
      meters: FlowMeters(setup, factory: services.metrics, isShadow: options.shadow != nil), held: held)
  }

  private func refused(_ problems: [ConfigProblem]) -> ReloadOutcome {
    for problem in problems.prefix(20) {
      logger.error("configuration is not taken over", metadata: ["problem": "\(problem)"])
    }
    reportConfiguration(problems)
    return .refused(problems)
  }

  /// What is hardly meant as it stands in the configuration.
  func logWarnings(_ assembly: Assembly) {
    for warning in assembly.loaded.warnings {
      logger.warning("configuration", metadata: ["problem": "\(warning)"])
    }
  }

  /// The check mark of the file.
  func reportConfiguration(_ problems: [ConfigProblem]) {
    var state = Check.State.ok(detail: options.config)
    if let first = problems.first {
      let others = problems.count - 1
      state = .failing(
        reason: others == 0 ? "\(first)" : "\(first), and \(others) more",
        remedy: "Correct the file: until then everything goes on as it was before.")
    }
    services.board.report(
      Check("configuration", state, required: false), of: GatewayServices.ownID, at: services.clock.date)
  }
}
