// Which write answers which change: the rules behind the latency figures, as a value.

import NIOCore

/// What one person's two sides show, for the live table.
public struct LatencyLine: Sendable, Hashable {
  public let person: Int
  /// The last state each system told, or what was written to it when it has told nothing.
  public var teams: String?
  public var pbx: String?
  /// The last real change: where it happened, what it was, when.
  public var changedOn: SandboxSide?
  public var change: String?
  public var changedAt: NIODeadline?
  /// From that change to the write on the other side; nil while (or when) none follows.
  public var latency: TimeAmount?
}

public struct LatencyFigures: Sendable, Hashable {
  public struct Side: Sendable, Hashable {
    /// Everything the system told, with echoes and repetitions.
    public var sent = 0
    /// What it told that was new and not the echo of a write.
    public var changes = 0
    /// Writes that it accepted.
    public var writes = 0
    /// Of those, writes of what was already there (refreshed leases, or waste).
    public var repeats = 0
    public var refusals = 0
    /// From a change here to the write on the other side.
    public var latency = LatencyHistogram()
  }
  public var teams = Side()
  public var pbx = Side()
  /// How often each reason was given, on either side; the 64 first kinds.
  public var refusals: [String: Int] = [:]

  public subscript(side: SandboxSide) -> Side {
    get { side == .teams ? teams : pbx }
    set { if side == .teams { teams = newValue } else { pbx = newValue } }
  }
}

public struct LatencyLedger: Sendable {
  /// What one system last said about, and was told for, one person.
  private struct Account: Sendable {
    var state: String?
    var pending: NIODeadline?
    var write: (state: String, at: NIODeadline)?
    /// The last write of each kind, to find repetitions.
    var writes: [String: String] = [:]
  }
  private struct Person: Sendable {
    var teams = Account()
    var pbx = Account()
    var line: LatencyLine

    subscript(side: SandboxSide) -> Account {
      get { side == .teams ? teams : pbx }
      set { if side == .teams { teams = newValue } else { pbx = newValue } }
    }
  }

  public private(set) var figures = LatencyFigures()
  private var people: [Person]
  private let patience: TimeAmount
  private let echo: TimeAmount
  static let maxKinds = 8
  static let maxReasons = 64

  /// - Parameters:
  ///   - patience: a change without a write for this long asked for none.
  ///   - echo: what a system tells this soon after it accepted a write comes from that write.
  public init(people: Int, patience: TimeAmount = .seconds(30), echo: TimeAmount = .milliseconds(5)) {
    self.people = (0..<people).map { Person(line: LatencyLine(person: $0)) }
    self.patience = patience
    self.echo = echo
  }

  public var lines: [LatencyLine] { people.map(\.line) }

  public mutating func sent(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    guard people.indices.contains(person) else { return }
    figures[side].sent += 1
    let account = people[person][side]
    people[person][side].state = state
    show(side, person, state)
    // Not every message is a change: a list can be repeated, the first one often says nothing, and a write
    // comes back as the system's own news.
    guard account.state ?? "available" != state, !isEcho(side, person, state, at) else { return }
    figures[side].changes += 1
    people[person][side].pending = at
    people[person].line.changedOn = side
    people[person].line.change = state
    people[person].line.changedAt = at
    people[person].line.latency = nil
  }

  public mutating func accepted(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    guard people.indices.contains(person) else { return }
    figures[side].writes += 1
    people[person][side].write = (state, at)
    if people[person][side].state == nil { show(side, person, state) }
    guard isNew(side, person, state) else {
      figures[side].repeats += 1
      return
    }
    let source: SandboxSide = side == .teams ? .pbx : .teams
    guard let since = people[person][source].pending else { return }
    people[person][source].pending = nil
    guard at - since <= patience else { return }
    figures[source].latency.add(at - since)
    if people[person].line.changedOn == source { people[person].line.latency = at - since }
  }

  /// What was written is gone by itself.
  public mutating func undone(_ side: SandboxSide, person: Int, state: String) {
    guard people.indices.contains(person) else { return }
    people[person][side].writes[Self.kind(of: state)] = nil
  }

  public mutating func refused(_ side: SandboxSide, reason: String) {
    figures[side].refusals += 1
    guard figures.refusals[reason] != nil || figures.refusals.count < Self.maxReasons else { return }
    figures.refusals[reason, default: 0] += 1
  }

  private mutating func show(_ side: SandboxSide, _ person: Int, _ state: String) {
    if side == .teams { people[person].line.teams = state } else { people[person].line.pbx = state }
  }

  /// By time, because one write can show as another word, and by word (once), because a notification may be
  /// late.
  private mutating func isEcho(_ side: SandboxSide, _ person: Int, _ state: String, _ at: NIODeadline) -> Bool
  {
    guard let write = people[person][side].write, at >= write.at else { return false }
    if at - write.at <= echo { return true }
    guard write.state.hasSuffix(state), at - write.at <= patience else { return false }
    people[person][side].write = nil
    return true
  }

  /// False for a write of what the last write of its kind already said. `setPresence`/`clearPresence` and
  /// `AddAlienCall`/`DelAlienCall` are of one kind.
  private mutating func isNew(_ side: SandboxSide, _ person: Int, _ state: String) -> Bool {
    let kind = Self.kind(of: state)
    let last = people[person][side].writes[kind]
    if last != nil || people[person][side].writes.count < Self.maxKinds {
      people[person][side].writes[kind] = state
    }
    return last != state
  }

  /// `setPresence Busy/InACall` and `clearPresence` are writes of one kind.
  private static func kind(of state: String) -> String {
    var kind = state.prefix { $0 != " " }
    for verb in ["set", "clear", "Add", "Del"] where kind.hasPrefix(verb) {
      kind = kind.dropFirst(verb.count)
    }
    return String(kind)
  }
}
