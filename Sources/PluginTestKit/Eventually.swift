// Waiting for what other tasks do, without hanging when they never do it.

/// Lets other tasks run until the condition holds. Gives up after `limit` of real time (times `Patience.factor`), or
/// when the test is cancelled, so that a test fails at its expectation instead of hanging.
/// - Returns: whether the condition held.
public func eventually(
  within limit: Duration = .seconds(30), isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let deadline = ContinuousClock.now + limit * Patience.factor
  var looks = 0
  while !(try await condition()) {
    if Task.isCancelled || ContinuousClock.now > deadline { return false }
    looks += 1
    // Most things happen within some turns of the other tasks; who waits longer leaves them the cores.
    if looks < 2000 { await Task.yield() } else { try? await Task.sleep(for: .milliseconds(1)) }
  }
  return true
}
