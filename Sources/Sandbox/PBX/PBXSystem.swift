// All simulated PBXs of one installation: they share the people, so a call on one is seen through every
// connection.

import NIOCore

/// Confined to one event loop: the sockets of its PBXs live there too, so a message is answered without a
/// hop.
public actor PBXSystem {
  public nonisolated let eventLoop: any EventLoop
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    eventLoop.executor.asUnownedSerialExecutor()
  }
  public internal(set) var world: PBXWorld
  let observer: any SandboxObserver
  var links: [Int: PBXLink] = [:]
  var faults: [String: PBXFaults] = [:]
  var statuses: [String: PBXStatus] = [:]
  private var lastConnection = 0

  public init(world: PBXWorld, observer: any SandboxObserver, on eventLoop: any EventLoop) {
    self.world = world
    self.observer = observer
    self.eventLoop = eventLoop
  }

  /// A PBX's socket is open; it greets, unless the gateway dialled. Returns the connection's number.
  func open(
    _ settings: PBXSettings, isDialled: Bool = false, line: any PBXLine, now: NIODeadline = .now()
  ) -> Int {
    lastConnection += 1
    let number = lastConnection
    let password = faults[settings.name]?.wrongPassword == true ? "not " + settings.password : nil
    var session = PBXSession(
      connection: number, settings: settings, password: password, isDialled: isDialled, now: now)
    let greeting = session.open(now: now)
    links[number] = PBXLink(pbx: settings.name, session: session, line: line)
    statuses[settings.name, default: PBXStatus()].connected = true
    perform(greeting, on: number, now: now)
    return number
  }

  /// A text message of the gateway.
  func receive(_ text: String, on number: Int, now: NIODeadline = .now()) {
    // Never a copy of the link: it would make every change of its session copy all subscriptions.
    guard let pbx = links[number]?.pbx else { return }
    if faults[pbx]?.hanging == true {
      guard links[number]?.unread.count ?? 0 < PBXLink.maxHeld else {
        return drop(number, "the gateway sends without end")
      }
      links[number]?.unread.append(text)
      return
    }
    if let answer = faultyAnswer(text, of: pbx) { return perform(answer, on: number, now: now) }
    perform(links[number]?.session.receive(text, world: &world, now: now) ?? [], on: number, now: now)
  }

  /// What a fault answers in place of the session; nil when the request is served.
  private func faultyAnswer(_ text: String, of pbx: String) -> [PBXEffect]? {
    guard let faults = faults[pbx], !faults.refused.isEmpty || !faults.unanswered.isEmpty,
      let request = PBXRequest(text)
    else { return nil }
    if faults.unanswered.contains(request.mt) { return [] }
    return faults.refused[request.mt].map { PBXSession.refusal(request, $0) }
  }

  func tick(_ number: Int, now: NIODeadline = .now()) {
    perform(links[number]?.session.tick(now: now) ?? [], on: number, now: now)
  }

  /// The socket refused something of the gateway before a session saw it.
  func refuse(_ reason: String) { observer.refused(.pbx, reason: reason) }

  func closed(_ number: Int, reason: String, now: NIODeadline = .now()) {
    guard var link = links.removeValue(forKey: number) else { return }
    let effects = link.session.close(world: &world)
    let others = links.values.filter { $0.pbx == link.pbx }
    var status = statuses[link.pbx] ?? PBXStatus()
    status.connected = !others.isEmpty
    status.loggedIn = others.contains { $0.session.isServing }
    if status.lastFailure == nil { status.lastFailure = reason }
    statuses[link.pbx] = status
    perform(effects, on: number, now: now)
  }

  /// Tells every session of every PBX.
  func spread(_ changes: [PBXChange], now: NIODeadline = .now()) {
    for change in changes {
      for number in links.keys.sorted() {
        perform(links[number]?.session.hear(change, world: world, now: now) ?? [], on: number, now: now)
      }
    }
  }

  private func perform(_ effects: [PBXEffect], on number: Int, now: NIODeadline) {
    var sent = false
    for effect in effects {
      switch effect {
      case .send(let text, let showing):
        send(text, showing, on: number, now: now)
        sent = true
      case .close(let reason):
        drop(number, reason)
      case .loggedIn:
        guard let pbx = links[number]?.pbx else { break }
        statuses[pbx, default: PBXStatus()].loggedIn = true
        statuses[pbx, default: PBXStatus()].logins += 1
        statuses[pbx, default: PBXStatus()].lastFailure = nil
      case .accepted(let shown):
        countWrite(of: shown.person, on: number)
        observer.accepted(.pbx, person: shown.person, state: shown.state, at: now)
      case .undone(let shown): observer.undone(.pbx, person: shown.person, state: shown.state)
      case .refused(let reason): observer.refused(.pbx, reason: reason)
      case .changed(let change): spread([change], now: now)
      }
    }
    if sent { links[number]?.line.flush() }
  }

  private func countWrite(of person: Int, on number: Int) {
    guard let pbx = links[number]?.pbx else { return }
    let isHome = world.user(person: person)?.loc == pbx
    statuses[pbx, default: PBXStatus()].writes += isHome ? 1 : 0
    statuses[pbx, default: PBXStatus()].strayWrites += isHome ? 0 : 1
  }

  func drop(_ number: Int, _ reason: String) {
    guard let link = links[number] else { return }
    statuses[link.pbx, default: PBXStatus()].lastFailure = reason
    link.line.close(reason: reason)
  }
}
