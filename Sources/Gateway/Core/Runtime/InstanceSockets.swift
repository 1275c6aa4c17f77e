// The WebSockets that one plugin instance serves: when the instance is replaced, they must not outlive it.

import PluginAPI

final class InstanceSockets: Sendable {
  private struct State {
    var open: [Int: any WebSocketConnection] = [:]
    var next = 0
    var isClosed = false
  }
  private let state = Locked(State())

  /// The same route, whose WebSockets can be closed.
  func watched(_ route: WebRoute) -> WebRoute {
    guard case .webSocket(let serve) = route.handler else { return route }
    return WebRoute(
      route.path,
      .webSocket { connection in
        guard let number = self.add(connection) else { return }
        await serve(connection)
        self.state.withLock { $0.open[number] = nil }
      })
  }

  private func add(_ connection: any WebSocketConnection) -> Int? {
    state.withLock { state in
      if state.isClosed { return nil }
      state.next += 1
      state.open[state.next] = connection
      return state.next
    }
  }

  /// Closes them, and each that comes too late.
  func close() async {
    let open = state.withLock { state in
      state.isClosed = true
      return Array(state.open.values)
    }
    for connection in open { await connection.close() }
  }
}
