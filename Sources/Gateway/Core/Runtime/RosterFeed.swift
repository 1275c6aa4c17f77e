// Hands the newest roster of one source to whoever reads it.

import PluginAPI

final class RosterFeed: Roster {
  private struct State {
    var newest: RosterSnapshot?
    var readers: [Int: AsyncStream<RosterSnapshot>.Continuation] = [:]
    var nextReader = 0
  }
  private let state = Locked(State())

  func publish(_ snapshot: RosterSnapshot) {
    state.withLock { state in
      state.newest = snapshot
      for reader in state.readers.values { reader.yield(snapshot) }
    }
  }

  func snapshots() -> AsyncStream<RosterSnapshot> {
    let (stream, reader) = AsyncStream.makeStream(
      of: RosterSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextReader += 1
      state.readers[state.nextReader] = reader
      if let newest = state.newest { reader.yield(newest) }
      return state.nextReader
    }
    reader.onTermination = { _ in _ = self.state.withLock { $0.readers.removeValue(forKey: id) } }
    return stream
  }
}
