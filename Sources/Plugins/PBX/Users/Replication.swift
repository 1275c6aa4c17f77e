// Reads the PBX's user table row by row, then follows its changes (innovaphone SDK, "Replication").

import PluginAPI

struct Replication: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case progress(Int)
    case loaded([UserRow])
    case changed(UserRow)
    case removed(UserID)
    case failed(String)
  }

  /// Far beyond the largest PBX; stops a peer that never ends its table.
  static let maxUsers = 500_000

  /// Only what is used: every further column would bring more updates. Never `pwd`.
  static let columns = ["guid", "h323", "cn", "dn", "e164", "loc", "hide", "h323-email", "emails"]

  private enum Phase {
    case idle, starting, loading, live
    case pausing(until: Moment)
  }

  let answerTimeout: Duration
  private var phase = Phase.idle
  private var deadline: Moment?
  private var run = 0
  private var failures = 0
  private var rows: [String: UserRow] = [:]

  init(answerTimeout: Duration) { self.answerTimeout = answerTimeout }

  private var source: String { "r\(run)" }

  mutating func start(_ now: Moment) -> [Effect] {
    run += 1
    rows = [:]
    phase = .starting
    deadline = now + answerTimeout
    var request = Outgoing("ReplicateStart", api: "PbxTableUsers", src: source)
    request.add = true
    request.del = true
    request.columns = Dictionary(uniqueKeysWithValues: Self.columns.map { ($0, [:]) })
    request.pseudo = [""]
    return [.send(request), .progress(0)]
  }

  /// Nil when the message belongs to something else, or to an earlier run.
  mutating func handle(_ message: Incoming, now: Moment) -> [Effect]? {
    guard message.src == source else { return nil }
    switch (message.mt, phase) {
    case ("ReplicateStartResult", .starting):
      if let failure = message.failure { return fail("the PBX refused ReplicateStart: \(failure)", now) }
      phase = .loading
      return [next(now)]
    case ("ReplicateNextResult", .loading):
      if let failure = message.failure { return fail("the PBX refused ReplicateNext: \(failure)", now) }
      return loaded(message.columns, now)
    case ("ReplicateAdd", .loading), ("ReplicateUpdate", .loading):
      if let row = message.columns, !row.guid.isEmpty { rows[row.guid] = row }
      return []
    case ("ReplicateDel", .loading):
      if let row = message.columns { rows[row.guid] = nil }
      return []
    case ("ReplicateAdd", .live), ("ReplicateUpdate", .live):
      guard let row = message.columns, !row.guid.isEmpty else { return [] }
      return [.changed(row)]
    case ("ReplicateDel", .live):
      guard let guid = message.columns?.guid ?? message.guid, !guid.isEmpty else { return [] }
      return [.removed(UserID(guid))]
    default: return nil
    }
  }

  mutating func tick(_ now: Moment) -> [Effect] {
    if case .pausing(let until) = phase, until <= now { return start(now) }
    guard let deadline, deadline <= now else { return [] }
    let request = if case .starting = phase { "ReplicateStart" } else { "ReplicateNext" }
    // One lost answer is repeated without a word.
    guard failures > 0 else {
      failures = 1
      return start(now)
    }
    return fail("the PBX did not answer \(request) within \(answerTimeout.configText)", now)
  }

  private mutating func loaded(_ row: UserRow?, _ now: Moment) -> [Effect] {
    guard let row, !row.guid.isEmpty else {
      phase = .live
      deadline = nil
      failures = 0
      defer { rows = [:] }
      return [.loaded(Array(rows.values))]
    }
    guard rows.count < Self.maxUsers else {
      return fail("the PBX sent more than \(Self.maxUsers) users", now)
    }
    rows[row.guid] = row
    return [next(now), .progress(rows.count)]
  }

  private mutating func next(_ now: Moment) -> Effect {
    deadline = now + answerTimeout
    return .send(Outgoing("ReplicateNext", api: "PbxTableUsers", src: source))
  }

  private mutating func fail(_ reason: String, _ now: Moment) -> [Effect] {
    failures = min(failures + 1, 5)
    rows = [:]
    deadline = nil
    phase = .pausing(until: now + .seconds(10 << failures))
    return [.failed(reason)]
  }
}
