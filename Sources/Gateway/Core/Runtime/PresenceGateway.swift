// A whole gateway: made from its configuration, opened, and closed in the reverse order.

import FoundationEssentials
import Logging
import PluginAPI

public final class PresenceGateway: Sendable {
  public struct Options: Sendable {
    /// Path of `plugins.yaml`.
    public var config: String
    /// Where `${NAME}` and `env:NAME` look.
    public var environment: [String: String]
    public var types: [any Plugin.Type]
    public var version: String
    /// When given, nothing is written: what would have been is noted there.
    public var shadow: ShadowLog?
    public var logHandler: @Sendable (_ label: String, _ level: Logger.Level) -> any LogHandler

    public init(
      config: String, environment: [String: String], types: [any Plugin.Type], version: String,
      shadow: ShadowLog? = nil,
      logHandler: @escaping @Sendable (_ label: String, _ level: Logger.Level) -> any LogHandler
    ) {
      self.config = config
      self.environment = environment
      self.types = types
      self.version = version
      self.shadow = shadow
      self.logHandler = logHandler
    }
  }

  public enum StartFailure: Error, CustomStringConvertible {
    /// Nothing was opened.
    case configuration([ConfigProblem])
    case cannotOpen(String)

    public var description: String {
      switch self {
      case .configuration(let problems): problems.map(\.description).joined(separator: "\n")
      case .cannotOpen(let reason): reason
      }
    }
  }

  let options: Options
  let services: GatewayServices
  let core: GatewayCore
  let runner: PluginRunner
  let publicServer: WebServer
  private let adminServer: WebServer
  private let status: StatusReport
  private let accounts: AccountDesk
  let configuration: ConfigurationReport
  private let reloadReference = ReloadReference()
  let logger: Logger
  /// What runs now.
  let current: Locked<Assembly>
  let instanceNumbers = Locked(0)
  let reloads = OneAtATime()
  let isStopping = Locked(false)
  private let watching = Locked<Task<Void, Never>?>(nil)

  /// Reads the configuration and builds everything; opens the state file, but no socket.
  public init(_ options: Options) throws(StartFailure) {
    self.options = options
    // Once offline, so that a wrong file opens nothing.
    let offline = Assembly.offline(options)
    let mistakes = offline.errors.isEmpty ? offline.unresolvedSecrets : offline.errors
    guard mistakes.isEmpty else { throw .configuration(mistakes) }
    let pseudonyms = offline.config.log.privacy ? Pseudonyms() : nil
    let events = EventLog(called: { pseudonyms?.name(for: $0) ?? $0 })
    let makeLogger = offline.config.log.loggers {
      EventTee(options.logHandler($0, $1), label: $0, events: events)
    }
    logger = makeLogger("gateway")
    let metrics = PrometheusMetrics(table: .gateway(with: options.types))
    let states: StateFolder
    do { states = try StateFolder(offline.config, logger: makeLogger("state")) } catch {
      throw .cannotOpen("\(error)")
    }
    services = GatewayServices(
      clock: SystemClock(), metrics: metrics, http: CurlClient(metrics: metrics), states: states,
      events: events, logger: makeLogger)
    let (services, numbers) = (services, instanceNumbers)
    let assembly: Assembly
    do throws(Assembly.Failure) {
      assembly = try Assembly(options, services: services, number: { numbers.next() })
    } catch {
      switch error {
      case .problems(let problems): throw .configuration(problems)
      }
    }
    current = Locked(assembly)
    do {
      core = try GatewayCore(assembly, services: services, shadow: options.shadow)
      publicServer = try Self.publicServer(assembly, services)
    } catch { throw .cannotOpen("\(error)") }
    runner = PluginRunner(services: services, core: core, logger: logger)
    let current = current
    status = StatusReport(
      version: options.version, startedAt: services.clock.date, config: { current.withLock { $0.config } },
      board: services.board, core: core)
    accounts = AccountDesk { current.withLock { $0.instances.map { (id: $0.id, plugin: $0.plugin) } } }
    let ids: @Sendable () -> [String] = { current.withLock { $0.instances.map(\.id) } }
    configuration = ConfigurationReport(
      options, at: services.clock.date, current: { current.withLock { $0.loaded } })
    let overrides = OverridesDesk(
      core: core, people: { current.withLock { $0.config.people } }, ids: ids, reload: reloadReference)
    do {
      adminServer = try Self.adminServer(
        assembly.config.admin, services, status, core: core, accounts: accounts,
        configuration: configuration, overrides: overrides, ids: ids,
        tryAgain: { Self.tryAgain(current.withLock { $0.instances }) })
    } catch {
      throw .cannotOpen("\(error)")
    }
  }

  /// Opens the listeners, starts the plugins, and from then on looks at the configuration file.
  public func start() async throws(StartFailure) {
    services.core.connect(core, report: status)
    reloadReference.connect { [weak self] in await self?.reload() }
    await core.keepPauses(in: services.states.state(of: GatewayServices.ownID))
    do {
      try await adminServer.start()
      try await publicServer.start()
    } catch {
      await adminServer.stop(grace: .zero)
      throw .cannotOpen("\(error)")
    }
    let assembly = current.withLock { $0 }
    runner.start(assembly.instances)
    reportConfiguration([])
    logWarnings(assembly)
    let watch = ConfigWatch(
      files: { [options, current] in
        [options.config] + (current.withLock { $0.config.people.overridesFile }.map { [$0] } ?? [])
      }, clock: services.clock)
    watching.withLock {
      $0 = Task { for await _ in watch.changes() { await reload() } }
    }
    let ids = assembly.instances.map(\.id).joined(separator: " ")
    logger.info("gateway started", metadata: ["plugins": "\(ids)"])
  }

  /// Takes back what the systems hold from us (unless told to keep it), and closes everything within 10 s.
  public func stop() async {
    logger.info("gateway is stopping")
    watching.withLock { $0 }?.cancel()
    // No reload begins any more, and the one under way starts nothing.
    isStopping.withLock { $0 = true }
    _ = await within(.seconds(1), services.clock) { [reloads] in await reloads.run {} }
    let assembly = current.withLock { $0 }
    if assembly.config.onStop == .clear, options.shadow == nil {
      for (plugin, users) in await core.takeEverythingBack(within: .seconds(5)) {
        logger.warning(
          "Not everything could be taken back in time: leases end by themselves, the next start clears the rest",
          metadata: ["plugin": "\(plugin)", "users": "\(users)"])
      }
    }
    await core.cancelEverything()
    await accounts.stop()
    await runner.stop(assembly.instances, within: .seconds(1))
    await publicServer.stop(grace: .milliseconds(500))
    await services.http.shutdown(grace: .milliseconds(500))
    await services.states.store.close()
    await adminServer.stop(grace: .milliseconds(500))
    services.core.disconnect()
    logger.info("gateway stopped")
  }

  /// Ports in use, for those who asked for any free one.
  public var publicPort: Int? { publicServer.port }
  public var adminPort: Int? { adminServer.port }
}

extension Locked where Value == Int {
  /// Counts from 1.
  func next() -> Int {
    withLock { number in
      number += 1
      return number
    }
  }
}
