// One attempt to open a WebSocket: it succeeds, fails, runs out of time or is given up, whichever comes first.

import NIOCore
import PluginAPI

final class WebSocketAttempt: Sendable {
  private struct State {
    var outcome: Result<WebSocketPeer, HTTPClientError>?
    var channel: (any Channel)?
    var waiter: CheckedContinuation<Result<WebSocketPeer, HTTPClientError>, Never>?
  }
  private let state = Locked(State())

  /// The socket is connected; one that comes too late is closed.
  func opened(_ channel: any Channel) {
    let isLate = state.withLock { state in
      state.channel = channel
      return state.outcome != nil
    }
    if isLate { channel.close(promise: nil) }
  }

  /// False when the attempt has ended before.
  func succeed(_ peer: WebSocketPeer) -> Bool { end(.success(peer)) }

  func fail(_ error: HTTPClientError) {
    guard end(.failure(error)) else { return }
    state.withLock { $0.channel }?.close(promise: nil)
  }

  func outcome() async -> Result<WebSocketPeer, HTTPClientError> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withLock { state in
          if state.outcome == nil { state.waiter = continuation }
          return state.outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      fail(.cancelled)
    }
  }

  private func end(_ outcome: Result<WebSocketPeer, HTTPClientError>) -> Bool {
    let (isFirst, waiter) = state.withLock { state in
      guard state.outcome == nil else {
        return (false, nil as CheckedContinuation<Result<WebSocketPeer, HTTPClientError>, Never>?)
      }
      state.outcome = outcome
      defer { state.waiter = nil }
      return (true, state.waiter)
    }
    waiter?.resume(returning: outcome)
    return isFirst
  }
}
