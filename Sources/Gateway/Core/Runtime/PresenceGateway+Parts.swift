// The parts of a gateway, each made from the assembled configuration.

import PluginAPI

extension PresenceGateway {
  static func publicServer(_ assembly: Assembly, _ services: GatewayServices) throws -> WebServer {
    WebServer(
      .public(assembly.config.publicListener), router: try assembly.router(), logger: services.logger("web"),
      metrics: services.metrics)
  }

  /// `ids` are those of the plugins that run now.
  static func adminServer(
    _ admin: AdminListener, _ services: GatewayServices, _ status: StatusReport, core: GatewayCore,
    accounts: AccountDesk, configuration: ConfigurationReport, overrides: OverridesDesk,
    ids: @escaping @Sendable () -> [String], tryAgain: @escaping @Sendable () -> Void
  ) throws -> WebServer {
    let (clock, audit) = (services.clock, services.audit)
    let (problems, events) = (services.problems, services.events)
    let site = AdminSite(
      access: AdminAccess(admin, clock: clock, audit: audit),
      probes: status.probes(metrics: services.metrics), protectsMetrics: admin.protectsMetrics,
      status: status, people: PeopleReport(core: core, ids: ids, problems: problems, clock: clock),
      currentIDs: ids, problems: problems, events: events, accounts: accounts,
      configuration: configuration, overrides: overrides, audit: audit, clock: clock,
      tryAgain: tryAgain)
    return WebServer(
      .admin(admin),
      router: try WebRouter(internalRoutes: site.routes),
      logger: services.logger("web"), metrics: services.metrics)
  }
}

extension GatewayCore {
  init(_ assembly: Assembly, services: GatewayServices, shadow: ShadowLog?) throws {
    let setup = assembly.setup(isShadow: shadow != nil)
    try self.init(
      setup: setup, plugins: assembly.instances.map(\.plugin), instances: assembly.instances.map(\.number),
      store: shadow == nil ? services.states.store : ForgetfulStore(), clock: services.clock,
      meters: FlowMeters(setup, factory: services.metrics, isShadow: shadow != nil),
      logger: services.logger("core"), shadow: shadow,
      events: services.events)
  }
}
