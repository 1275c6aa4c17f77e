// The people as the API shows them: pages of the table with what each system says now.

import FoundationEssentials
import PluginAPI

/// Keeps the newest table as long as somebody looks at people.
actor PeopleReport {
  enum Order: String, CaseIterable { case name, standing, changed }
  enum Direction: String, CaseIterable { case ascending, descending }
  struct Question: Sendable {
    var search: String?
    var standing: PeopleTable.Standing?
    /// Only those with whom something is wrong.
    var onlyProblems = false
    var order = Order.name
    var isDescending = false
  }

  let core: GatewayCore
  private let currentIDs: @Sendable () -> [String]
  nonisolated var ids: [String] { currentIDs() }
  let problems: ProblemBoard
  private let clock: any GatewayClock
  private var table: (generation: Int, table: PeopleTable)?
  private var lastUse: Moment?
  private var making: Task<PeopleTable, Never>?

  init(
    core: GatewayCore, ids: @escaping @Sendable () -> [String], problems: ProblemBoard,
    clock: any GatewayClock
  ) {
    self.core = core
    currentIDs = ids
    self.problems = problems
    self.clock = clock
  }

  /// The rows that the question finds, in its order.
  func find(_ question: Question) async -> [PeopleTable.Row] {
    let table = await newest()
    let notes = question.onlyProblems ? await core.personNotes() : nil
    let troubled = question.onlyProblems ? ids.map { problems.users(in: $0) } : []
    let found = table.find(question.search) { row in
      if let standing = question.standing, row.standing != standing { return false }
      guard let notes else { return true }
      if row.standing != .matched, row.standing != .unmatched { return true }
      return row.users.enumerated().contains { plugin, user in
        user.map {
          plugin < troubled.count && troubled[plugin].contains($0) || notes.hasProblem($0, in: plugin)
        } ?? false
      }
    }
    var rows = found.map { table.rows[$0] }
    switch question.order {
    case .name: break
    case .standing:
      let rank = Dictionary(
        uniqueKeysWithValues: PeopleTable.Standing.allCases.enumerated().map { ($1, $0) })
      rows = rows.enumerated().sorted { a, b in
        (rank[a.element.standing] ?? 0, a.offset) < (rank[b.element.standing] ?? 0, b.offset)
      }.map(\.element)
    case .changed:
      let tables = await core.sourceTables()
      let changed = rows.map { Self.lastChange(of: $0, tables) }
      rows = zip(rows, changed).enumerated().sorted { a, b in
        (a.element.1, a.offset) < (b.element.1, b.offset)
      }.map(\.element.0)
    }
    return question.isDescending ? rows.reversed() : rows
  }

  func row(of user: UserID, in plugin: Int) async -> PeopleTable.Row? {
    await newest().rows.first { $0.users[plugin] == user }
  }

  private static func lastChange(of row: PeopleTable.Row, _ tables: [UserTable]) -> Int64 {
    var newest: Int64 = .min
    for (plugin, user) in row.users.enumerated() {
      guard let user, let slot = tables[plugin].slot(of: user),
        let moment = tables[plugin].sources[slot].reportedAt
      else { continue }
      newest = max(newest, (moment - Moment(nanoseconds: 0)).nanoseconds)
    }
    return newest
  }

  private func newest() async -> PeopleTable {
    lastUse = clock.now
    if let making { return await making.value }
    let snapshot = await core.directorySnapshot()
    if let table, table.generation == snapshot.generation { return table.table }
    if let making { return await making.value }
    let task = Task.detached { PeopleTable(snapshot.people, snapshot.directories) }
    making = task
    let made = await task.value
    making = nil
    if table == nil { forgetWhenUnused() }
    table = (snapshot.generation, made)
    return made
  }

  /// Memory for a page that nobody looks at would be wasted.
  private func forgetWhenUnused() {
    Task { [weak self, clock] in
      while true {
        try? await clock.sleep(for: .seconds(60))
        guard let self, await !self.forgot() else { return }
      }
    }
  }
  private func forgot() -> Bool {
    if let lastUse, clock.now - lastUse < .seconds(60) { return false }
    table = nil
    return true
  }
}
