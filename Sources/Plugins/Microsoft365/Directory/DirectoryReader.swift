// Keeps the directory fresh: what an earlier life knew at once, the whole list, then changes every few seconds, groups
// every few minutes, and now and again the list once more.

import FoundationEssentials
import PluginAPI

struct DirectoryReader: Sendable {
  /// More changes at once than this, and the whole list is cheaper.
  static let maxLookUps = 100
  /// Changes are kept for the next life at most so often: it reads those since then again.
  static let keepEvery = Duration.seconds(600)

  let list: UserList
  let groups: GroupList
  let options: Options
  let context: PluginContext
  /// Whether something may have changed; nil: nobody tells.
  let hints: (@Sendable () async -> Bool)?

  /// Until cancelled; failures are reported as the check "users" and tried again.
  func run(into directory: any DirectoryInlet) async throws {
    var failures = 0
    var told: String?
    var knowsAll = false
    if let kept = await KeptDirectory.load(context.state, question: question, date: context.clock.date) {
      let table = kept.table(filter: options.filter)
      await directory.publish(.snapshot(table.entries))
      report(.ok(detail: UserList.detail(table.users.count)))
      knowsAll = true
      let age = context.clock.date.timeIntervalSince1970 - kept.listed
      let relistAt = context.clock.now + (options.directoryRelist - .seconds(max(0, age)))
      await follow(table, kept.mark, listed: kept.listed, relistAt: relistAt, catchUp: true, into: directory)
    }
    while true {
      try Task.checkCancellation()
      do throws(GraphError) {
        // The mark is set before the list is read, so that no change falls between the two.
        let mark = try await startingPoint()
        let (users, pages) = try await list.all { count, total in
          if !knowsAll {
            report(.pending(progress: "\(grouped(count)) of \(grouped(total ?? count)) users"))
          }
        }
        let table = UserTable(filter: options.filter, users: users, members: try await members())
        await directory.publish(.snapshot(table.entries))
        knowsAll = true
        (failures, told) = (0, nil)
        report(.ok(detail: UserList.detail(table.users.count)))
        let listed = context.clock.date
        if let mark {
          await keep(table, mark, listed: listed)
          await follow(
            table, mark, listed: listed.timeIntervalSince1970,
            relistAt: context.clock.now + options.directoryRelist, catchUp: false, into: directory)
        } else {
          try? await context.clock.sleep(for: options.directoryRefresh * max(1, pages / 5))
        }
      } catch {
        try Task.checkCancellation()
        failures += 1
        let failure = error.failure
        if !knowsAll || failures > 2 { report(.failing(reason: failure.reason, remedy: failure.hint)) }
        let trouble = SupportReference.removed(from: failure.reason)
        context.logger.log(
          level: trouble == told ? .debug : .warning, "Reading users failed",
          metadata: ["reason": "\(failure.description)"])
        told = trouble
        try await context.clock.sleep(for: Self.delay(failures, failure))
      }
    }
  }

  /// Nil where changes cannot be asked for: then the list is read again and again.
  private func startingPoint() async throws(GraphError) -> String? {
    do { return try await list.changesFromNow() } catch {
      guard let status = error.status, [400, 404, 405, 501].contains(status) else { throw error }
      context.logger.notice("Changes of users cannot be read here; the whole list is read again instead")
      return nil
    }
  }

  /// Returns when the whole list is due again. `catchUp`: changes are asked for at once.
  private func follow(
    _ known: UserTable, _ start: String, listed: Double, relistAt: Moment, catchUp: Bool,
    into directory: any DirectoryInlet
  ) async {
    var (table, mark, failures, waits) = (known, start, 0, !catchUp)
    var keptAt = context.clock.now
    var isKept = true
    var groupsAt = catchUp ? context.clock.now : context.clock.now + options.groupRefresh
    while context.clock.now < relistAt || !waits {
      if waits { await pause() }
      waits = true
      if Task.isCancelled { return }
      do throws(GraphError) {
        let (changed, removed, next) = try await list.changes(since: mark)
        if changed.count > Self.maxLookUps { return }
        isKept = try await !apply(changed, removed: removed, &table, into: directory) && isKept
        mark = next
        if groupsAt <= context.clock.now, !options.filter.allGroups.isEmpty {
          groupsAt = context.clock.now + options.groupRefresh
          let concerned = table.replace(members: try await members())
          if !concerned.isEmpty {
            await directory.publish(.upsert(concerned))
            isKept = false
          }
        }
        if failures > 2 { report(.ok(detail: UserList.detail(table.users.count))) }
        failures = 0
        if !isKept, context.clock.now - keptAt >= Self.keepEvery {
          await keep(table, mark, listed: Date(timeIntervalSince1970: listed))
          (keptAt, isKept) = (context.clock.now, true)
        }
      } catch {
        // 410: the mark is too old (https://learn.microsoft.com/en-us/graph/delta-query-overview).
        if let status = error.status, [400, 404, 410].contains(status) { return }
        failures += 1
        let failure = error.failure
        if failures > 2 { report(.failing(reason: failure.reason, remedy: failure.hint)) }
        try? await context.clock.sleep(for: Self.delay(failures, failure))
      }
    }
  }

  /// Until the next look; a hint shortens it.
  private func pause() async {
    guard let hints else {
      try? await context.clock.sleep(for: options.directoryRefresh)
      return
    }
    let end = context.clock.now + options.directoryRefresh
    while context.clock.now < end, !Task.isCancelled {
      try? await context.clock.sleep(until: min(end, context.clock.now + .seconds(1)))
      if await hints() { return }
    }
  }

  /// Changes tell who changed, not reliably how: each is looked up. Returns whether anything changed for us.
  private func apply(
    _ changed: Set<String>, removed: Set<String>, _ table: inout UserTable,
    into directory: any DirectoryInlet
  ) async throws(GraphError) -> Bool {
    var upserts: [DirectoryUser] = []
    var gone = removed.map { UserID($0.lowercased()) }
    for id in changed.sorted() {
      guard let user = try await list.user(id) else {
        gone.append(UserID(id.lowercased()))
        continue
      }
      let licensed = user.hasTeams(plans: options.teamsPlans)
      if let entry = table.update(user, licensed: licensed) { upserts.append(entry) }
    }
    gone = gone.filter { table.remove($0) }
    if !upserts.isEmpty { await directory.publish(.upsert(upserts)) }
    if !gone.isEmpty { await directory.publish(.remove(gone)) }
    guard !upserts.isEmpty || !gone.isEmpty else { return false }
    report(.ok(detail: UserList.detail(table.users.count)))
    return true
  }

  private func members() async throws(GraphError) -> [String: UserTable.Members] {
    guard !options.filter.allGroups.isEmpty else { return [:] }
    let (members, problems) = try await groups.members(of: options.filter.allGroups)
    let state: Check.State =
      problems.isEmpty
      ? .ok(detail: "\(members.count) read")
      : .failing(
        reason: problems.joined(separator: "; "),
        remedy: "correct users.groups or users.tag_groups: an id is safest")
    context.health.report(Check("user groups", state, required: false))
    return members
  }

  /// What decides who is listed: kept users are of use only for the same question.
  private var question: String {
    ([options.tenant] + options.teamsPlans + list.fields + options.filter.allGroups).joined(separator: " ")
  }
  private func keep(_ table: UserTable, _ mark: String, listed: Date) async {
    await KeptDirectory(table, question: question, mark: mark, listed: listed).save(context.state)
  }

  static func delay(_ failures: Int, _ failure: PluginFailure) -> Duration {
    let own = Duration.seconds(min(60, 1 << min(failures, 6)))
    return max(own, min(failure.retryDelay ?? .zero, .seconds(600)))
  }

  private func report(_ state: Check.State) { context.health.report(Check("users", state)) }
}
