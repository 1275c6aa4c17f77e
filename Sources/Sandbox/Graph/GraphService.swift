// The simulated Microsoft 365 tenant: login host and Graph host on one loopback HTTPS port, for people who
// use Teams.

import FoundationEssentials
import NIOCore
import NIOPosix
import OpenSSLCrypto

public final class GraphService: Sendable {
  public let population: Population
  public let options: GraphOptions
  public let clock: SandboxClock
  let observer: any SandboxObserver
  let directory: Locked<GraphDirectory>
  let presence: PresenceTable
  let fanOut: ChangeFanOut
  let desk: Locked<LoginDesk>
  let seal = TokenSeal()
  let keys: Locked<SigningKeys>
  let tokens = Locked(ValidationTokens())
  let throttle = Locked<[String: SlidingWindow]>([:])
  let faults = Locked(PendingFaults())
  let log = Locked(RequestLog())
  let groups = Locked<[GraphGroup]>([])
  /// Older links to changes are refused.
  let deltaLinksSince = Locked(Date.distantPast)
  private let authority: SandboxAuthority
  private let group: MultiThreadedEventLoopGroup
  private let running = Locked<(server: HTTPServer, sweeper: RepeatedTask)?>(nil)
  private let address: Locked<String>

  /// Makes the tenant: everyone of the population with a Teams licence, then the accounts that sign in by
  /// password, unless they are people. A person's index is their `SandboxPerson.id`.
  public init(
    population: Population, observer: any SandboxObserver, clock: SandboxClock, authority: SandboxAuthority,
    options: GraphOptions
  ) throws {
    self.population = population
    self.observer = observer
    self.clock = clock
    self.authority = authority
    self.options = options
    var users = GraphDirectory()
    for person in population.people {
      _ = users.add(
        GraphUser(
          id: person.graphID, displayName: person.displayName, userPrincipalName: person.email,
          mail: person.email))
    }
    var accounts: [(id: String, account: GraphAccount)] = []
    for account in options.accounts {
      let name = String(account.username.split(separator: "@")[0])
      let index =
        users.index(of: account.username)
        ?? users.add(
          GraphUser(id: SecureRandom.guid(), displayName: name, userPrincipalName: account.username))
      if let index { accounts.append((users[index].id, account)) }
    }
    let directory = Locked(users)
    let keys = Locked(try SigningKeys(options.signingKey))
    let address = Locked("https://localhost")
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, options.threads))
    let tls = try authority.clientContext()
    let tokens = tokens
    let fanOut = ChangeFanOut(directory: directory, clock: clock) { book in
      let press = NotificationPress(
        book: book, keys: keys, tokens: tokens, clock: clock, options: options,
        login: { address.withLock { $0 } })
      let written: @Sendable ([NotificationItem], NIODeadline) -> Void = { batch, instant in
        for item in batch where !item.isReported && population.people.indices.contains(item.index) {
          guard case .presence(let pair) = item.content else { continue }
          observer.sent(.teams, person: item.index, state: "\(pair)", at: instant)
        }
      }
      return Notifier(
        group: group, tls: tls, connections: options.notificationConnections,
        terms: NotifierTerms(
          body: { press.body($0) }, written: written, clock: clock, answerLimit: options.deliverySeconds))
    }
    presence = PresenceTable(clock: clock) { fanOut.presenceChanged($0) }
    for index in users.entries.indices {
      presence.append(client: index < population.people.count ? options.initialState?.pair : nil)
    }
    desk = Locked(LoginDesk(options: options, accounts: accounts))
    self.directory = directory
    self.keys = keys
    self.address = address
    self.group = group
    self.fanOut = fanOut
  }

  /// Listens on loopback; `baseURL` is right afterwards.
  public func start() async throws {
    let server = try await HTTPServer(
      port: options.port, group: group, tls: try authority.serverContext()
    ) { [self] request, loop in respond(request, loop) }
    address.withLock { $0 = "https://localhost:\(server.port)" }
    // A simulated second, or a tenth of a real one where that is shorter.
    let tick = min(TimeAmount.milliseconds(100), max(.milliseconds(10), clock.realTime(ofSeconds: 1)))
    let sweeper = group.next().scheduleRepeatedTask(initialDelay: tick, delay: tick) { [weak self] _ in
      self?.sweep()
    }
    running.withLock { $0 = (server, sweeper) }
  }

  /// Closes the listener and every connection.
  public func stop() async {
    if let (server, sweeper) = running.withLock({ running in running.take() }) {
      sweeper.cancel()
      await server.close()
    }
    try? await group.shutdownGracefully()
  }

  /// `https://localhost:PORT`: the address of both hosts; Graph's calls are below `/v1.0`.
  public var baseURL: String { address.withLock { $0 } }
  public var port: Int { running.withLock { $0?.server.port } ?? 0 }

  /// Lets everything end whose time has come; runs by itself every tenth of a second, and is for tests that
  /// move the clock.
  public func sweep() {
    presence.sweep()
    fanOut.expire()
  }
}
