// The open connections of a listener: their number and their bodies are bounded, for all and for each address, and
// when there is no room the one that has kept its place longest for nothing makes it.

import NIOCore
import PluginAPI

final class ConnectionRegistry: Sendable {
  enum Request: Sendable {
    /// Finish what is under way, begin nothing new.
    case drain
    /// Others need the room: end, unless a whole request is being answered.
    case giveWay
    /// End now; cancel what the plugin does for it.
    case abort
  }
  /// What a connection keeps its place for: in this order they give way.
  enum Standing: Sendable {
    /// Nothing any more: its last answer is out, and the client's end is awaited.
    case ending
    /// Nothing yet: idle, shaking hands, or still at the headers of a request.
    case waiting
    /// A body is coming.
    case sending
    /// A whole request, or a WebSocket: never asked to give way.
    case served
  }
  typealias Control = @Sendable (Request) -> Void

  private let state: Locked<ConnectionTable>

  init(_ limits: WebLimits) { state = Locked(ConnectionTable(limits)) }

  var count: Int { state.withLock { $0.count } }
  var isDraining: Bool { state.withLock { $0.isDraining } }

  /// The connection's number. `report` hears how many there are, in the order of the changes.
  func add(from peer: PeerAddress, report: (Int) -> Void) throws(Refusal) -> Int {
    let (outcome, leaving) = state.withLock { state in
      let outcome = state.add(from: peer)
      report(state.count)
      return outcome
    }
    leaving?(.giveWay)
    return try outcome.get()
  }

  /// Replaces how the connection is reached, unless it is gone; one that comes too late is asked to drain at
  /// once.
  func setControl(_ control: @escaping Control, of id: Int) {
    if state.withLock({ $0.setControl(control, of: id) && $0.isDraining }) { control(.drain) }
  }

  func setStanding(_ standing: Standing, of id: Int) { state.withLock { $0.setStanding(standing, of: id) } }

  /// No plugin works for it any more, and its channel is gone.
  func remove(_ id: Int, report: (Int) -> Void) {
    let waiters = state.withLock { state in
      let waiters = state.remove(id)
      report(state.count)
      return waiters
    }
    for waiter in waiters { waiter.succeed() }
  }

  /// Room for so much more of its body; false: there is none, and it is the one to be refused.
  func reserve(_ bytes: Int, for id: Int) -> Bool {
    let (isGranted, leaving) = state.withLock { $0.reserve(bytes, for: id) }
    for control in leaving { control(.giveWay) }
    return isGranted
  }
  /// Its body is not kept any more.
  func release(_ id: Int) { state.withLock { $0.release(id) } }

  func ask(_ request: Request) {
    let controls = state.withLock { state in
      state.isDraining = true
      return state.controls
    }
    for control in controls { control(request) }
  }

  /// Returns when no connection is left, at the latest after the limit.
  func empty(within limit: Duration, on loop: any EventLoop) async {
    let promise = loop.makePromise(of: Void.self)
    let waits = state.withLock { state in
      if state.count > 0 { state.emptyWaiters.append(promise) }
      return state.count > 0
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
