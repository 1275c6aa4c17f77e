// A whole simulated company: its Microsoft 365 tenant, its PBX, its people, and what a gateway needs to join them.

import FoundationEssentials
import NIOCore
import NIOPosix
import OpenSSLCrypto

public struct CompanyOptions: Sendable {
  public var people = 250
  public var seed: UInt64 = 1
  /// Working time passes so many times faster than real time; leases and expiries do not.
  public var speed = 10.0
  /// For certificates and the gateway's state; made if missing.
  public var directory: String
  /// Reading accounts, each for 650 people.
  public var accounts = 4
  /// So many seconds the tenant's clock is ahead of this machine's.
  public var graphClockAhead = 0.0
  /// What the PBX does where the vendor's documents are silent.
  public var pbx = PBXVariant()
  /// Called once with the tenant before anybody can ask it.
  public var prepare: @Sendable (GraphService, Population) -> Void = { _, _ in }

  public init(directory: String) { self.directory = directory }
}

public final class SimulatedCompany: Sendable {
  public let options: CompanyOptions
  public let population: Population
  public let graph: GraphService
  public let pbx: PBXSystem
  public let book: LatencyBook
  private let authority: SandboxAuthority
  private let files: SandboxAuthority.Files
  private let secrets: [String: String]
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let tasks = Locked<[Task<Void, Never>]>([])
  private let listener = Locked<PBXListener?>(nil)
  private static let readingApp = "aaaaaaaa-0000-4000-8000-000000000001"
  private static let writingApp = "aaaaaaaa-0000-4000-8000-000000000002"
  private static let appPath = "/contoso.example/microsoft365"

  public init(_ options: CompanyOptions) throws {
    self.options = options
    population = Population(count: options.people, seed: options.seed)
    book = LatencyBook(people: options.people)
    authority = try SandboxAuthority()
    try FileManager.default.createDirectory(atPath: options.directory, withIntermediateDirectories: true)
    files = try authority.write(into: options.directory)
    var secrets = [
      "TEAMS_WRITE_SECRET": SecureRandom.guid(), "TEAMS_READ_SECRET": SecureRandom.guid(),
      "PBX_APP_PASSWORD": Hex.encode(SecureRandom.bytes(7)),
      "PRESENCE_STATE_KEY": Hex.encode(SecureRandom.bytes(32)),
    ]
    var graph = GraphOptions()
    var reading = GraphApp.reading(id: Self.readingApp)
    reading.delegated.insert("GroupMember.Read.All")
    // For reading without an account.
    reading.secret = secrets["TEAMS_READ_SECRET"]
    reading.application = reading.delegated
    graph.apps = [
      reading,
      .writing(id: Self.writingApp, secret: secrets["TEAMS_WRITE_SECRET"] ?? ""),
    ]
    for number in 1...max(1, options.accounts) {
      let password = SecureRandom.guid()
      secrets["TEAMS_SYNC\(number)_PASSWORD"] = password
      graph.accounts.append(GraphAccount(username: "sync\(number)@contoso.example", password: password))
    }
    self.secrets = secrets
    self.graph = try GraphService(
      population: population, observer: book, clock: SandboxClock(origin: Date() + options.graphClockAhead),
      authority: authority, options: graph)
    options.prepare(self.graph, population)
    pbx = PBXSystem(
      world: PBXWorld(population: population, variant: options.pbx), observer: book, on: group.next())
  }

  /// Opens the tenant. The PBX dials as soon as it knows the gateway's port: see `connectPBX`.
  public func start() async throws { try await graph.start() }

  /// What `plugins.yaml` takes from the environment, for a gateway on these ports of loopback.
  public func environment(publicPort: Int, adminPort: Int) -> [String: String] {
    var environment = secrets
    environment["PRESENCE_LISTEN"] = "127.0.0.1:\(publicPort)"
    environment["PRESENCE_PUBLIC_URL"] = "https://localhost:\(publicPort)"
    environment["PRESENCE_TLS_CERTIFICATE"] = files.certificate
    environment["PRESENCE_TLS_KEY"] = files.key
    environment["PRESENCE_ADMIN_LISTEN"] = "127.0.0.1:\(adminPort)"
    environment["PRESENCE_STATE"] = "sqlite:\(options.directory)/presence-gateway.db"
    environment["PRESENCE_SECRETS_KEY"] = "env:PRESENCE_STATE_KEY"
    environment["TEAMS_TENANT"] = graph.options.tenantID
    environment["TEAMS_LOGIN"] = graph.baseURL
    environment["TEAMS_GRAPH"] = graph.baseURL
    environment["TEAMS_TRUST"] = files.authority
    environment["TEAMS_READ_CLIENT_ID"] = Self.readingApp
    environment["TEAMS_WRITE_CLIENT_ID"] = Self.writingApp
    for (index, account) in graph.options.accounts.enumerated() {
      environment["TEAMS_SYNC\(index + 1)_USERNAME"] = account.username
    }
    environment["PBX_DOMAIN"] = population.domain
    environment["PBX_MASTER"] = "pbx"
    environment["PBX_APP_PATH"] = Self.appPath
    return environment
  }

  /// The PBX dials the gateway, and goes on dialling until `stop`. Another `password` is for tests.
  public func connectPBX(publicPort: Int, password: String? = nil) throws {
    var settings = PBXSettings(
      appURL: "https://localhost:\(publicPort)\(Self.appPath)/presence-gateway",
      password: password ?? secrets["PBX_APP_PASSWORD"] ?? "", trustPEM: authority.trustPEM)
    // Beside the product nobody waits for a PBX.
    settings.redial = PBXRedial(first: .milliseconds(100), longest: .seconds(2))
    let service = try PBXService(settings, in: pbx)
    let task = Task { await service.run() }
    tasks.withLock { $0.append(task) }
  }

  /// The PBX waits to be dialled instead, over TLS on this port, until `stop`.
  public func openPBX(port: Int, password: String? = nil) async throws {
    let settings = PBXSettings(
      appURL: "https://localhost/unused/unused", password: password ?? secrets["PBX_APP_PASSWORD"] ?? "")
    let opened = try await PBXListener(settings, in: pbx, port: port, tls: authority.serverContext())
    listener.withLock { $0 = opened }
  }

  /// People begin their day; `stop` ends it.
  public func startDay() {
    let task = Task { [self] in
      var day = WorkingDay(people: population.people.count, seed: options.seed)
      let start = NIODeadline.now()
      while !Task.isCancelled, let event = day.next() {
        let due = start + .nanoseconds(Int64(Double(event.at.nanoseconds) / options.speed))
        let wait = (due - .now()).nanoseconds
        if wait > 0 { try? await Task.sleep(for: .nanoseconds(wait)) }
        if Task.isCancelled { return }
        await perform(event.action, by: event.person)
      }
    }
    tasks.withLock { $0.append(task) }
  }

  /// What a person does.
  public func perform(_ action: WorkingDay.Action, by person: Int) async {
    switch action {
    case .teams(let state): graph.setTeamsClient(person, to: state)
    case .deskPhone(.rings): await pbx.ring(person: person)
    case .deskPhone(.talks): await pbx.startCall(person: person)
    case .deskPhone(.rests): await pbx.endCall(person: person)
    case .pbxPresence(let activity, let note):
      await pbx.choosePresence(person: person, activity: activity, note: note)
    case .pbxCalendar(let activity, let note):
      await pbx.setCalendar(person: person, activity: activity, note: note)
    }
  }

  /// Nobody does anything any more; the systems stay up.
  public func endDay() {
    let tasks = tasks.withLock { $0 }
    // The PBX's task is the first; it goes on until `stop`.
    for task in tasks.dropFirst() { task.cancel() }
  }

  /// Traces of the gateway in either system, each as a short text.
  public func leftovers() async -> [String] {
    let teams = graph.leftovers().map {
      "Teams, \(population.people[$0.person].email): \($0.sessions) \($0.preferred.map { "\($0)" } ?? "")"
    }
    let telephone = await pbx.leftovers(contact: "teams:")
    return teams + telephone.entries.map { "PBX, \($0)" }
      + telephone.alienCalls.map { "PBX, \($0): alien call" }
  }

  public func stop() async {
    let tasks = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    await listener.withLock { $0 }?.close()
    await graph.stop()
    try? await group.shutdownGracefully()
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}

/// A port of loopback that nobody uses just now, below those that the system gives to outgoing connections.
public func freeLoopbackPort() async throws -> Int {
  for port in (10_000..<32_000).shuffled().prefix(50) {
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { continue }
    try await channel.close()
    return port
  }
  throw NoFreePort()
}

public struct NoFreePort: Error, CustomStringConvertible {
  public let description = "no free port on loopback"
}
