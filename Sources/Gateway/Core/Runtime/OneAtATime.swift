// Changes of the same thing, one after the other: a signal, a changed file and an administrator may come together.

actor OneAtATime {
  private var last: Task<Void, Never>?

  /// Begins `work` when all that came before has ended.
  @discardableResult
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
