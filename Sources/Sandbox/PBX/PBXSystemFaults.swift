// How faults hold messages back and let them go again, in order.

import NIOCore

extension PBXSystem {
  func send(_ text: String, _ showing: PBXShown?, on number: Int, now: NIODeadline) {
    guard let pbx = links[number]?.pbx, let held = links[number]?.unsent.count else { return }
    let faults = faults[pbx] ?? PBXFaults()
    guard faults.hanging || faults.delay > .zero || held > 0 else {
      return transmit(text, showing, on: number, now: now)
    }
    guard held < PBXLink.maxHeld else { return drop(number, "too many messages held back") }
    let due = max(now + TimeAmount(faults.delay), links[number]?.unsent.last?.due ?? now)
    links[number]?.unsent.append(PBXLink.Held(text: text, showing: showing, due: due))
    if !faults.hanging { wake(number, at: due) }
  }

  private func wake(_ number: Int, at due: NIODeadline) {
    eventLoop.scheduleTask(deadline: due) {
      self.assumeIsolated { $0.release(number, now: max(due, .now())) }
    }
  }

  private func release(_ number: Int, now: NIODeadline) {
    guard let pbx = links[number]?.pbx, faults[pbx]?.hanging != true else { return }
    while let held = links[number]?.unsent.first, held.due <= now {
      links[number]?.unsent.removeFirst()
      transmit(held.text, held.showing, on: number, now: now)
    }
    links[number]?.line.flush()
  }

  private func transmit(_ text: String, _ showing: PBXShown?, on number: Int, now: NIODeadline) {
    guard let line = links[number]?.line else { return }
    // Told before it is written, so that nobody sees the gateway's answer to it first.
    if let showing { observer.sent(.pbx, person: showing.person, state: showing.state, at: now) }
    if !line.send(text) { drop(number, "the gateway does not read") }
  }

  /// Changes what goes wrong with one PBX; a PBX that stops hanging works off what it has not read.
  public func setFaults(of pbx: String, _ new: PBXFaults) {
    let wasHanging = faults[pbx]?.hanging == true
    faults[pbx] = new
    guard wasHanging, !new.hanging else { return }
    for number in links.keys.sorted() where links[number]?.pbx == pbx {
      release(number, now: .now())
      for held in links[number]?.unsent ?? [] { wake(number, at: held.due) }
      let unread = links[number]?.unread ?? []
      links[number]?.unread = []
      for text in unread { receive(text, on: number) }
    }
  }
  public func faults(of pbx: String) -> PBXFaults { faults[pbx] ?? PBXFaults() }

  /// Cuts the PBX's connections without a word.
  public func dropConnections(of pbx: String) {
    for number in links.keys.sorted() where links[number]?.pbx == pbx { drop(number, "connection cut") }
  }

  public func status(of pbx: String) -> PBXStatus {
    var status = statuses[pbx] ?? PBXStatus()
    let sessions = links.values.filter { $0.pbx == pbx }.map(\.session)
    status.replicatedRows = sessions.reduce(0) { $0 + $1.replicatedRows }
    status.subscriptions = sessions.reduce(0) { $0 + $1.liveSubscriptions }
    return status
  }

  func noteDial(_ pbx: String) { statuses[pbx, default: PBXStatus()].dials += 1 }
  func noteFailure(_ pbx: String, _ reason: String) {
    statuses[pbx, default: PBXStatus()].lastFailure = reason
  }
}
