// Reads the PBX's user table row by row, then follows its changes (innovaphone SDK, "Replication").

import PluginAPI

struct Replication: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case progress(Int)
    case loaded(UserLoad)
    case changed(UserRow)
    case removed(UserID)
    case failed(String)
  }

  /// Far beyond the largest PBX; stops a peer that never ends its table.
  static let maxUsers = 500_000

  /// Only what is used: every further column would bring more updates. Never `pwd`.
  static let columns = [
    "guid", "h323", "cn", "dn", "e164", "loc", "hide", "pseudo", "h323-email", "emails", "grps",
  ]
  /// Normal users, and the ones with an executive's features. More than 20 types crashed a real PBX.
  static let pseudoTypes = ["", "executive"]

  private enum Phase {
    case idle, starting, loading, live
    case pausing(until: Moment)
  }
  /// What may be wanting in a request that a PBX refuses; tried in this order.
  private enum Form: Int {
    /// As the working clients ask: `add` and `del` say that the reader might write too.
    case writer
    /// A PBX that cannot let anybody add or delete does not start such a replication.
    case reader
  }

  let answerTimeout: Duration
  private var phase = Phase.idle
  private var deadline: Moment?
  private var run = 0
  private var failures = 0
  private var form = Form.writer
  private var rows: [String: UserRow] = [:]
  private var gone: Set<String> = []
  private(set) var isDelta = false
  /// Everybody is read again although the users are known, which is nobody's concern.
  private var isQuiet = false
  /// Where a reading may resume; kept up to date while the changes are followed.
  private(set) var mark: ReplicationMark?
  /// What the reading under way will have reached.
  private var reached: ReplicationMark?
  /// (I) Whether `usn` beside a row is the row's own or the newest of all is not said: one of all tells nothing.
  private var rowsShareNumbers = false

  /// - Parameter mark: where the last reading ended, when its users are still known.
  init(answerTimeout: Duration, mark: ReplicationMark? = nil) {
    self.answerTimeout = answerTimeout
    self.mark = mark
  }

  private var source: String { "r\(run)" }

  /// Whether the changes are followed.
  var isLive: Bool { if case .live = phase { true } else { false } }

  /// Reads everybody again, while it is known who they are.
  mutating func readAgain(_ now: Moment) -> [Effect] {
    (mark, isQuiet) = (nil, true)
    return start(now)
  }

  mutating func start(_ now: Moment) -> [Effect] {
    run += 1
    rows = [:]
    gone = []
    (reached, rowsShareNumbers) = (nil, false)
    phase = .starting
    deadline = now + answerTimeout
    var request = Outgoing("ReplicateStart", api: "PbxTableUsers", src: source)
    if form == .writer {
      request.add = true
      request.del = true
    }
    request.guid = mark?.guid
    request.usn = mark?.usn
    request.columns = Dictionary(uniqueKeysWithValues: Self.columns.map { ($0, [:]) })
    request.pseudo = Self.pseudoTypes
    return [.send(request)] + (isQuiet ? [] : [.progress(0)])
  }

  /// Nil when the message belongs to something else, or to an earlier run.
  mutating func handle(_ message: Incoming, now: Moment) -> [Effect]? {
    guard message.src == source else { return nil }
    switch (message.mt, phase) {
    case ("ReplicateStartResult", .starting):
      if let failure = message.failure { return refused(failure, now) }
      // (I) That number is the newest one: a mark ahead of it is of a PBX before it was set back.
      if let usn = message.usn, let mark, message.guid == mark.guid, usn < mark.usn {
        self.mark = nil
        return start(now)
      }
      isDelta = mark != nil && message.guid == mark?.guid
      reached = message.guid.map { ReplicationMark(guid: $0, usn: isDelta ? mark?.usn ?? 0 : 0) }
      phase = .loading
      return [next(now)]
    case ("ReplicateNextResult", .loading):
      if let failure = message.failure {
        mark = nil
        return fail("the PBX refused ReplicateNext: \(failure)", now)
      }
      return loaded(message, now)
    case ("ReplicateAdd", .loading), ("ReplicateUpdate", .loading):
      if let row = message.columns, !row.guid.isEmpty { take(row, message.usn) }
      return []
    case ("ReplicateDel", .loading):
      guard let guid = message.columns?.guid ?? message.guid, !guid.isEmpty else { return [] }
      rows[guid] = nil
      gone.insert(guid)
      return []
    case ("ReplicateAdd", .live), ("ReplicateUpdate", .live):
      guard let row = message.columns, !row.guid.isEmpty else { return [] }
      if let usn = message.usn, let mark { self.mark?.usn = max(mark.usn, usn) }
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

  /// A refusal may be for the place to resume from, or for `add` and `del`: asked again without, at once.
  private mutating func refused(_ reason: String, _ now: Moment) -> [Effect] {
    if mark != nil {
      mark = nil
      return start(now)
    }
    if form == .writer {
      form = .reader
      return start(now)
    }
    form = .writer
    return fail("the PBX refused ReplicateStart: \(reason)", now)
  }

  private mutating func loaded(_ message: Incoming, _ now: Moment) -> [Effect] {
    guard let row = message.columns, !row.guid.isEmpty else {
      phase = .live
      deadline = nil
      failures = 0
      isQuiet = false
      // Without numbers on the rows, changes could not be told from everybody.
      mark = reached.flatMap { $0.usn > 0 && !rowsShareNumbers ? $0 : nil }
      let load = UserLoad(rows: Array(rows.values), removed: gone.map { UserID($0) }, isDelta: isDelta)
      (rows, gone) = ([:], [])
      return [.loaded(load)]
    }
    guard rows.count < Self.maxUsers else {
      mark = nil
      return fail("the PBX sent more than \(Self.maxUsers) users", now)
    }
    // A row from before the mark: the PBX could not tell the changes alone, and sends everybody.
    if let usn = message.usn, let mark, usn <= mark.usn { isDelta = false }
    take(row, message.usn)
    return [next(now)] + (isQuiet ? [] : [.progress(rows.count)])
  }

  private mutating func take(_ row: UserRow, _ usn: Int?) {
    if let usn, let reached {
      if usn == reached.usn, usn > mark?.usn ?? 0, rows[row.guid] == nil { rowsShareNumbers = true }
      self.reached?.usn = max(reached.usn, usn)
    }
    rows[row.guid] = row
    gone.remove(row.guid)
  }

  private mutating func next(_ now: Moment) -> Effect {
    deadline = now + answerTimeout
    return .send(Outgoing("ReplicateNext", api: "PbxTableUsers", src: source))
  }

  private mutating func fail(_ reason: String, _ now: Moment) -> [Effect] {
    failures = min(failures + 1, 5)
    rows = [:]
    deadline = nil
    isQuiet = false
    phase = .pausing(until: now + .seconds(10 << failures))
    return [.failed(reason)]
  }
}
