// One reader of the event log: what it has not taken yet is bounded, and who falls behind is let go.

import FoundationEssentials
import PluginAPI

final class EventFeed: Sendable {
  /// At once, of all readers.
  static let limit = 32
  /// More than the whole log: a reader that comes back begins with all of it.
  static let capacity = EventLog.capacity * EventLog.Kind.allCases.count + 500
  private static let heartbeat: Duration = .seconds(15)

  private struct State {
    var waiting: [EventLog.Entry] = []
    var isOver = false
    var reader: CheckedContinuation<Void, Never>?
  }
  private let state = Locked(State())
  private let ended: @Sendable () -> Void

  init(ended: @escaping @Sendable () -> Void) { self.ended = ended }

  /// Called with the log's lock held: must not call back. False: it is over.
  func offer(_ entry: EventLog.Entry) -> Bool {
    let (isOver, reader) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
      if state.isOver { return (true, nil) }
      if state.waiting.count >= Self.capacity {
        // It reads too slowly: when it comes again it says what it has seen last.
        state.isOver = true
        state.waiting = []
      } else {
        state.waiting.append(entry)
      }
      defer { state.reader = nil }
      return (state.isOver, state.reader)
    }
    reader?.resume()
    return !isOver
  }

  /// What has come since, at once or when it comes; empty when nothing has for a while; nil when it is over.
  func next() async -> [EventLog.Entry]? {
    let timer = Task { [self] in
      try? await Task.sleep(for: Self.heartbeat)
      wake()
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard state.waiting.isEmpty, !state.isOver, state.reader == nil else { return false }
          state.reader = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      end()
    }
    timer.cancel()
    return state.withLock { state in
      defer { state.waiting = [] }
      return state.isOver && state.waiting.isEmpty ? nil : state.waiting
    }
  }

  func end() {
    state.withLock { $0.isOver = true }
    wake()
    ended()
  }

  func wake() {
    let reader = state.withLock { state in
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume()
  }
}

extension EventFeed {
  /// The log as server-sent events (WHATWG HTML §9.2), for as long as its reader may read it.
  func answer(while isAllowed: @escaping @Sendable () -> Bool) -> WebAnswer {
    .stream(
      .init(200, contentType: "text/event-stream", body: Array(": listening\nretry: 2000\n\n".utf8)),
      next: { [self] in
        guard let entries = await next(), isAllowed() else { return nil }
        if entries.isEmpty { return Array(": still here\n\n".utf8) }
        return entries.reduce(into: []) { bytes, entry in
          bytes += Array("id: \(entry.id)\ndata: ".utf8) + WebResponse.json(entry).body + Array("\n\n".utf8)
        }
      },
      ended: end)
  }
}
