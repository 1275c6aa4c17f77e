// Keeps the directory fresh: the whole list, then changes every few seconds, then now and again the list once more.

import PluginAPI

struct DirectoryReader: Sendable {
  /// More changes at once than this, and the whole list is cheaper.
  static let maxLookUps = 100
  let list: UserList
  let options: Options
  let context: PluginContext

  /// Until cancelled; failures are reported as the check "users" and tried again.
  func run(into directory: any DirectoryInlet) async throws {
    var failures = 0
    var listedOnce = false
    while true {
      do throws(GraphError) {
        // The mark is set before the list is read, so that no change falls between the two.
        let mark = try await startingPoint()
        let (users, pages) = try await list.all { count, total in
          if !listedOnce {
            report(.pending(progress: "\(grouped(count)) of \(grouped(total ?? count)) users"))
          }
        }
        await directory.publish(.snapshot(users))
        listedOnce = true
        failures = 0
        report(.ok(detail: "\(grouped(users.count)) users"))
        try await follow(mark, known: Set(users.map(\.id)), pages: pages, into: directory)
      } catch {
        try Task.checkCancellation()
        failures += 1
        let failure = error.failure
        if !listedOnce || failures > 2 { report(.failing(reason: failure.reason, remedy: failure.hint)) }
        context.logger.warning("Reading users failed", metadata: ["reason": "\(failure.description)"])
        try await context.clock.sleep(for: Self.delay(failures, failure))
      }
      try Task.checkCancellation()
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

  /// Returns when the whole list is due again.
  private func follow(
    _ mark: String?, known: Set<UserID>, pages: Int, into directory: any DirectoryInlet
  ) async throws(GraphError) {
    guard var mark else {
      try? await context.clock.sleep(for: options.directoryRefresh * max(1, pages / 5))
      return
    }
    var known = known
    var failures = 0
    let relistAt = context.clock.now + options.directoryRelist
    while context.clock.now < relistAt, !Task.isCancelled {
      try? await context.clock.sleep(for: options.directoryRefresh)
      if Task.isCancelled { return }
      do throws(GraphError) {
        let (changed, removed, next) = try await list.changes(since: mark)
        if changed.count > Self.maxLookUps { return }
        try await publish(changed, removed: removed, known: &known, into: directory)
        mark = next
        if failures > 2 { report(.ok(detail: "\(grouped(known.count)) users")) }
        failures = 0
      } catch {
        // 410: the mark is too old (https://learn.microsoft.com/en-us/graph/delta-query-overview).
        if error.status == 410 || error.status == 404 { return }
        failures += 1
        let failure = error.failure
        if failures > 2 { report(.failing(reason: failure.reason, remedy: failure.hint)) }
        try? await context.clock.sleep(for: Self.delay(failures, failure))
      }
    }
  }

  /// Changes tell who changed, not reliably how: each is looked up.
  private func publish(
    _ changed: Set<String>, removed: Set<String>, known: inout Set<UserID>, into directory: any DirectoryInlet
  ) async throws(GraphError) {
    var upserts: [DirectoryUser] = []
    var gone = removed.map { UserID($0.lowercased()) }
    for id in changed.sorted() {
      guard let user = try await list.user(id) else {
        gone.append(UserID(id.lowercased()))
        continue
      }
      let licensed = user.hasTeams(plans: options.teamsPlans)
      guard licensed || known.contains(user.userID) else { continue }
      upserts.append(user.entry(licensed: licensed))
    }
    gone = gone.filter { known.contains($0) }
    known.subtract(gone)
    known.formUnion(upserts.map(\.id))
    if !upserts.isEmpty { await directory.publish(.upsert(upserts)) }
    if !gone.isEmpty { await directory.publish(.remove(gone)) }
    if !upserts.isEmpty || !gone.isEmpty { report(.ok(detail: "\(grouped(known.count)) users")) }
  }

  static func delay(_ failures: Int, _ failure: PluginFailure) -> Duration {
    let own = Duration.seconds(min(60, 1 << min(failures, 6)))
    return max(own, min(failure.retryDelay ?? .zero, .seconds(600)))
  }

  private func report(_ state: Check.State) { context.health.report(Check("users", state)) }
}
