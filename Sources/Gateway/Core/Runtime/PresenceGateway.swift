// A whole gateway: configuration, core, plugins and listeners, opened in this order and closed in the reverse one.

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

  private let config: GatewayConfig
  /// What is hardly meant as it stands in the configuration.
  let warnings: [ConfigProblem]
  private let plugins: [any Plugin]
  private let ids: [String]
  private let core: GatewayCore
  private let board: HealthBoard
  private let problems: ProblemBoard
  private let clock = SystemClock()
  private let http: CurlClient
  private let store: any StateStore
  private let states: StateFolder
  private let publicServer: WebServer
  private let adminServer: WebServer
  private let reports: CoreReference
  private let status: StatusReport
  private let shadow: ShadowLog?
  private let accounts: AccountDesk
  private let logger: Logger
  private let running = Locked<[Task<Void, Never>]>([])

  /// Reads the configuration and builds everything; opens the state file, but no socket.
  public init(_ options: Options) throws(StartFailure) {
    // Once offline, so that a wrong file opens nothing.
    let offline = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types,
      context: { OfflineContext.context(id: $0) })
    let mistakes = offline.errors.isEmpty ? offline.unresolvedSecrets : offline.errors
    guard mistakes.isEmpty else { throw .configuration(mistakes) }
    let pseudonyms = offline.config.log.privacy ? Pseudonyms() : nil
    let events = EventLog(called: { pseudonyms?.name(for: $0) ?? $0 })
    let makeLogger = offline.config.log.loggers {
      EventTee(options.logHandler($0, $1), label: $0, events: events)
    }
    logger = makeLogger("gateway")

    let metrics = PrometheusMetrics(table: .gateway(with: options.types))
    let http = CurlClient(metrics: metrics)
    let (board, problems, reports, clock) = (
      HealthBoard(events: events), ProblemBoard(), CoreReference(), clock
    )
    let states: StateFolder
    do {
      states = try StateFolder(offline.config, logger: makeLogger("state"))
    } catch { throw .cannotOpen("\(error)") }
    self.states = states
    store = states.store
    let loaded = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types
    ) { id in
      let ports = PluginPorts(id: id, core: reports, board: board, problems: problems, clock: clock)
      return PluginContext(
        id: id, logger: makeLogger(id), metrics: metrics, clock: clock, inlet: ports, sink: ports,
        health: ports, users: ports, state: states.state(of: id), status: ports, http: http,
        webSockets: WebSocketClient(), publicURL: nil)
    }
    guard loaded.errors.isEmpty else { throw .configuration(loaded.errors) }
    config = loaded.config
    warnings = loaded.warnings
    ids = config.plugins.map(\.id)
    plugins = ids.compactMap { loaded.plugins[$0] }
    self.http = http
    self.board = board
    self.problems = problems
    self.reports = reports

    let setup = EngineSetup(config, plugins: plugins, isShadow: options.shadow != nil)
    shadow = options.shadow
    do {
      core = try GatewayCore(
        setup: setup, plugins: plugins, store: options.shadow == nil ? store : ForgetfulStore(), clock: clock,
        meters: FlowMeters(setup, factory: metrics), logger: makeLogger("core"), shadow: options.shadow,
        events: events)
      let routes = zip(ids, plugins).flatMap { id, plugin in
        ((plugin as? any RouteProviding)?.routes ?? []).map { (pluginID: id, route: $0) }
      }
      var options = WebServerOptions(name: "public", listen: config.publicListener.listen)
      options.tls = config.publicListener.tls.map {
        CertificateFiles(certificate: $0.certificate, key: $0.key)
      }
      publicServer = WebServer(
        options, router: try WebRouter(plugins: routes), logger: makeLogger("web"), metrics: metrics)
    } catch { throw .cannotOpen("\(error)") }
    status = StatusReport(
      version: options.version, startedAt: clock.date, config: config, board: board, core: core)
    let audit = AuditLog(logger: makeLogger("admin"), events: events)
    accounts = AccountDesk(zip(ids, plugins).map { (id: $0, plugin: $1) })
    let site = AdminSite(
      access: AdminAccess(config.admin, clock: clock, audit: audit), probes: status.probes(metrics: metrics),
      protectsMetrics: config.admin.protectsMetrics, status: status,
      people: PeopleReport(core: core, ids: ids, problems: problems, clock: clock), ids: ids,
      problems: problems, events: events, accounts: accounts,
      configuration: ConfigurationReport(options, loadedAt: clock.date), audit: audit, clock: clock)
    do {
      adminServer = WebServer(
        .admin(config.admin),
        router: try WebRouter(
          internalRoutes: site.routes(with: PersonDesk(core: core, problems: problems).route)),
        logger: makeLogger("web"), metrics: metrics)
    } catch { throw .cannotOpen("\(error)") }
  }

  /// Opens the listeners and starts the plugins.
  public func start() async throws(StartFailure) {
    reports.connect(core, report: status)
    // An id that no plugin may have.
    await core.keepPauses(in: states.state(of: "_gateway"))
    do {
      try await adminServer.start()
      try await publicServer.start()
    } catch {
      await adminServer.stop(grace: .zero)
      throw .cannotOpen("\(error)")
    }
    running.withLock { running in
      running = plugins.indices.map { index in
        let ports = PluginPorts(
          id: ids[index], core: reports, board: board, problems: problems, clock: clock)
        let supervisor = Supervisor(
          plugin: plugins[index], index: index, ports: ports, core: core, clock: clock, logger: logger)
        return Task { await supervisor.run() }
      }
    }
    for warning in warnings { logger.warning("configuration", metadata: ["problem": "\(warning)"]) }
    logger.info("gateway started", metadata: ["plugins": "\(ids.joined(separator: " "))"])
  }

  /// Takes back what the systems hold from us (unless told to keep it), and closes everything within 10 s.
  public func stop() async {
    logger.info("gateway is stopping")
    if config.onStop == .clear, shadow == nil { await core.takeEverythingBack(within: .seconds(6)) }
    let tasks = running.withLock { running in
      defer { running = [] }
      return running
    }
    for task in tasks { task.cancel() }
    await core.cancelEverything()
    await accounts.stop()
    await publicServer.stop(grace: .seconds(1))
    for task in tasks { await task.value }
    await http.shutdown(grace: .seconds(1))
    await store.close()
    await adminServer.stop(grace: .seconds(1))
    logger.info("gateway stopped")
  }

  /// Ports in use, for those who asked for any free one.
  public var publicPort: Int? { publicServer.port }
  public var adminPort: Int? { adminServer.port }
}
