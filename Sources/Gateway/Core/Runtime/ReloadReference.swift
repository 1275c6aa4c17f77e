// The admin page asks for a reload of a gateway that is made after it.

final class ReloadReference: Sendable {
  private let action = Locked<(@Sendable () async -> ReloadOutcome?)?>(nil)

  func connect(_ reload: @escaping @Sendable () async -> ReloadOutcome?) { action.withLock { $0 = reload } }

  /// Nil when the gateway is stopping.
  func run() async -> ReloadOutcome? { await action.withLock { $0 }?() }
}
