// The open connections of a listener: their number is bounded, and they can all be asked to end.

import NIOCore

final class ConnectionRegistry: Sendable {
  enum Request: Sendable {
    /// Finish what is under way, begin nothing new.
    case drain
    /// End now; cancel what the plugin does for it.
    case abort
  }
  typealias Control = @Sendable (Request) -> Void
  private struct State {
    /// Numbered: a plugin may work on for a connection whose channel is gone.
    var controls: [Int: Control?] = [:]
    var nextID = 0
    var bufferedBytes = 0
    var isDraining = false
    var emptyWaiters: [EventLoopPromise<Void>] = []
  }
  private let state = Locked(State())
  private let limits: WebLimits

  init(_ limits: WebLimits) { self.limits = limits }

  var count: Int { state.withLock { $0.controls.count } }
  var isDraining: Bool { state.withLock { $0.isDraining } }

  /// The connection's number; nil when there are too many, or no new ones are wanted.
  func add(report: (Int) -> Void) -> Int? {
    state.withLock { state in
      guard state.controls.count < limits.maxConnections, !state.isDraining else { return nil }
      state.nextID += 1
      state.controls[state.nextID] = .some(nil)
      report(state.controls.count)
      return state.nextID
    }
  }

  /// Replaces how the connection is reached, unless it is gone; one that comes too late is asked to drain at
  /// once.
  func setControl(_ control: @escaping Control, of id: Int) {
    let drains = state.withLock { state in
      guard state.controls.keys.contains(id) else { return false }
      state.controls[id] = control
      return state.isDraining
    }
    if drains { control(.drain) }
  }

  /// `report` hears how many are left, in the order of the changes.
  func remove(_ id: Int, report: (Int) -> Void) {
    let waiters = state.withLock { state -> [EventLoopPromise<Void>] in
      state.controls[id] = nil
      report(state.controls.count)
      guard state.controls.isEmpty else { return [] }
      defer { state.emptyWaiters = [] }
      return state.emptyWaiters
    }
    for waiter in waiters { waiter.succeed() }
  }

  func reserve(_ bytes: Int) -> Bool {
    state.withLock { state in
      guard state.bufferedBytes + bytes <= limits.maxBufferedBytes else { return false }
      state.bufferedBytes += bytes
      return true
    }
  }
  func release(_ bytes: Int) {
    if bytes > 0 { state.withLock { $0.bufferedBytes -= bytes } }
  }

  func ask(_ request: Request) {
    let controls = state.withLock { state in
      state.isDraining = true
      return state.controls.values.compactMap { $0 }
    }
    for control in controls { control(request) }
  }

  /// Returns when no connection is left, at the latest after the limit.
  func empty(within limit: Duration, on loop: any EventLoop) async {
    let promise = loop.makePromise(of: Void.self)
    let waits = state.withLock { state in
      if !state.controls.isEmpty { state.emptyWaiters.append(promise) }
      return !state.controls.isEmpty
    }
    if !waits { return promise.succeed() }
    let timer = loop.scheduleTask(in: limit.timeAmount) { [self] in
      state.withLock { $0.emptyWaiters.removeAll { $0.futureResult === promise.futureResult } }
      promise.succeed()
    }
    _ = try? await promise.futureResult.get()
    timer.cancel()
  }
}
