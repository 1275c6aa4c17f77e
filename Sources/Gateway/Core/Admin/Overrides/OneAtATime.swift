// Changes of the same thing, one after the other.

actor OneAtATime {
  private var last: Task<Void, Never>?

  /// Begins `work` when all that came before has ended.
  func run<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    let before = last
    let task = Task {
      await before?.value
      return await work()
    }
    last = Task { _ = await task.value }
    return await task.value
  }
}
