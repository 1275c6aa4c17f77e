// `presence-gateway doctor`: every link of a configuration, tried now against the real services, changing nobody's
// presence.

import FoundationEssentials
import Logging
import PluginAPI

public final class Doctor: Sendable {
  public struct Options: Sendable {
    /// Path of `plugins.yaml`.
    public var config: String
    public var environment: [String: String]
    public var types: [any Plugin.Type]
    /// PEM file with the authorities to trust for the public address instead of the system's.
    public var trust: String?
    /// A plugin's probes are given up after this.
    public var patience: Duration

    public init(
      config: String, environment: [String: String], types: [any Plugin.Type], trust: String? = nil,
      patience: Duration = .seconds(60)
    ) {
      self.config = config
      self.environment = environment
      self.types = types
      self.trust = trust
      self.patience = patience
    }
  }

  private let options: Options
  private let config: GatewayConfig
  private let secrets: [ConfigProblem]
  private let plugins: [(id: String, plugin: any Plugin)]
  private let states: StateReading
  private let http = CurlClient()

  /// Throws when the configuration has mistakes: then there is nothing to try.
  public init(_ options: Options) throws(PresenceGateway.StartFailure) {
    let offline = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types)
    guard offline.errors.isEmpty else { throw .configuration(offline.errors) }
    let states = StateReading(offline.config)
    let trust = PublicTrust(
      url: offline.config.publicListener.url, file: options.trust, http: http, webSockets: WebSocketClient())
    let loaded = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types
    ) { id in
      OfflineContext.context(
        id: id, clock: SystemClock(), state: states.state(of: id), http: trust, webSockets: trust)
    }
    guard loaded.errors.isEmpty else { throw .configuration(loaded.errors) }
    self.options = options
    self.states = states
    config = loaded.config
    secrets = loaded.unresolvedSecrets
    plugins = config.plugins.compactMap { declared in
      loaded.plugins[declared.id].map { (declared.id, $0) }
    }
  }

  /// Tells each finding as it comes, and returns them all.
  public func examine(_ tell: @escaping @Sendable (DoctorFinding) -> Void) async -> [DoctorFinding] {
    let findings = Locked<[DoctorFinding]>([])
    let note: @Sendable (String, ProbeResult) -> Void = { part, result in
      let finding = DoctorFinding(part: part, result: result)
      findings.withLock { $0.append(finding) }
      tell(finding)
    }
    for problem in secrets {
      note(
        "gateway",
        .init(
          "secret", .failed(reason: problem.description, remedy: "set it where the gateway is started")))
    }
    for result in states.findings { note("gateway", result) }
    let running = await RunningGateway(config.admin).finding()
    note("gateway", running.result)
    await withListener(besides: running.isThere, note) { [plugins, options] in
      await withTaskGroup(of: Void.self) { group in
        for (id, plugin) in plugins {
          group.addTask { await Self.probe(plugin, id, within: options.patience) { note(id, $0) } }
        }
      }
    }
    await http.shutdown(grace: .seconds(1))
    await states.close()
    return findings.withLock { $0 }
  }

  private static func probe(
    _ plugin: any Plugin, _ id: String, within patience: Duration,
    _ tell: @escaping @Sendable (ProbeResult) -> Void
  ) async {
    guard let probing = plugin as? any Probing else {
      return tell(.init("probes", .skipped(reason: "this connector has none")))
    }
    let isOver = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await probing.probe(tell)
        return true
      }
      group.addTask {
        try? await SystemClock().sleep(for: patience)
        return false
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
    if !isOver {
      tell(
        .init(
          "probes",
          .failed(
            reason: "no end after \(patience.configText)",
            remedy: "see which link above came last: the next one does not answer")))
    }
  }

  /// Runs `body` with the plugins' routes bound, unless a gateway already serves them.
  private func withListener(
    besides isServed: Bool, _ note: @escaping @Sendable (String, ProbeResult) -> Void,
    _ body: () async -> Void
  ) async {
    if isServed {
      note("gateway", .init("public listener", .skipped(reason: "the running gateway has it")))
      return await body()
    }
    let knock = PublicKnock(config.publicListener, trust: options.trust, http: http)
    let routes = plugins.flatMap { id, plugin in
      ((plugin as? any RouteProviding)?.routes ?? []).map { (pluginID: id, route: $0) }
    }
    do {
      var listener = WebServerOptions(name: "public", listen: config.publicListener.listen)
      listener.tls = config.publicListener.tls
      let server = WebServer(
        listener, router: try WebRouter(plugins: routes + [(pluginID: "doctor", route: knock.route)]),
        logger: Logger(label: "doctor", factory: { _ in SwiftLogNoOpLogHandler() }))
      try await server.start()
      note("gateway", .init("public listener", .ok(detail: "\(config.publicListener.listen)")))
      note("gateway", await knock.finding())
      await body()
      await server.stop(grace: .seconds(1))
    } catch {
      note(
        "gateway",
        .init(
          "public listener",
          .failed(
            reason: "\(error)", remedy: "free the port, or correct gateway.public.listen and its tls files"))
      )
      await body()
    }
  }
}
