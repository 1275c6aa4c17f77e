// The first page: each plugin's chain of check marks, who is matched, and what flows.

import FoundationEssentials
import PluginAPI

struct Overview: Encodable {
  struct Plugin: Encodable {
    let id: String
    let type: String
    let checks: [StatusSnapshot.Check]
    /// How many users have a problem of their own.
    let peopleWithProblems: Int
  }
  struct Route: Encodable {
    let from: String
    let to: String
    let delivered: Int
    /// These three are the sink's: of all routes that end there together.
    let failed: Int
    let retries: Int
    let outbox: Int
    /// Of the last ten minutes.
    let latencyP50ms: Double?
    let latencyP99ms: Double?
    let perMinute: Int
    /// Deliveries in each ten seconds of the last ten minutes, the oldest first.
    let series: [Int]
    let pause: PauseJSON?
  }
  let version: String
  let startedAt: Date
  let now: Date
  let memory: Int
  let ready: Bool
  /// Nothing is written: a dry run.
  let shadow: Bool
  let plugins: [Plugin]
  let people: StatusSnapshot.People
  let routes: [Route]
  /// People who are on hold, each for themselves.
  let pausedPeople: [PauseJSON]
}

extension StatusReport {
  func overview(_ problems: ProblemBoard, now: Date) async -> Overview {
    let snapshot = await snapshot()
    let flow = await core.flow()
    let pauses = await core.describePauses()
    return Overview(
      version: snapshot.version, startedAt: snapshot.startedAt, now: now, memory: snapshot.memory,
      ready: snapshot.unready.isEmpty, shadow: core.shadow != nil,
      plugins: snapshot.plugins.map {
        .init(
          id: $0.id, type: $0.type, checks: $0.checks, peopleWithProblems: problems.count(in: $0.id))
      }, people: snapshot.people,
      routes: zip(snapshot.routes, flow).map { route, flow in
        .init(
          from: route.from, to: route.to, delivered: route.delivered, failed: route.failed,
          retries: flow.retries, outbox: route.outbox, latencyP50ms: route.latencyP50ms,
          latencyP99ms: route.latencyP99ms, perMinute: flow.perMinute, series: flow.series,
          pause: pauses.first { $0.route?.from == route.from && $0.route?.to == route.to })
      },
      pausedPeople: pauses.filter { $0.person != nil })
  }
}

extension GatewayCore {
  struct Flow: Sendable {
    var perMinute: Int
    var retries: Int
    var series: [Int]
  }

  func flow() -> [Flow] {
    let now = clock.now
    return engine.setup.routes.indices.map { route in
      Flow(
        perMinute: series[route].perMinute(now: now),
        retries: outcomes[engine.setup.routes[route].to][.postponed] ?? 0,
        series: series[route].values(now: now))
    }
  }
}
