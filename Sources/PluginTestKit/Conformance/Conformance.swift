// What every plugin must hold to, as one call for each ability: for the tests of those who write one.

import PluginAPI

/// Each call returns what is wrong, in words; an empty list is a plugin that keeps the contract. For tests:
/// `#expect(await Conformance.sink(plugin, user: "ada", stranger: "eve") == [])`.
///
/// The calls of abilities want an instance whose system answers well: what it does when its system does not is
/// for tests of its own.
public enum Conformance {
  /// Collects what is wrong.
  struct Findings {
    private(set) var list: [String] = []
    mutating func expect(_ isRight: Bool, _ otherwise: @autoclosure () -> String) {
      if !isRight { list.append(otherwise()) }
    }
  }

  /// Runs what the core runs, lets the test play the other side, cancels it, and tells whether it ended.
  static func cancelled(
    _ work: @escaping @Sendable () async throws -> Void, after meanwhile: () async -> Void
  ) async -> Bool {
    let hasEnded = Locked(false)
    let task = Task {
      defer { hasEnded.withLock { $0 = true } }
      try await work()
    }
    await meanwhile()
    task.cancel()
    return await eventually { hasEnded.withLock { $0 } }
  }
}
