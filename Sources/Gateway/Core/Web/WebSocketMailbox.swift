// Where a plugin's tasks and the event loop meet: bounded in both directions, first come first served.

import NIOCore

/// The connection is closed, or closing.
struct WebSocketClosed: Error, CustomStringConvertible {
  var description: String { "the WebSocket is closed" }
}

final class WebSocketMailbox: Sendable {
  private struct Sender {
    let id: Int
    let message: [UInt8]
    let continuation: CheckedContinuation<Void, any Error>
  }
  private struct State {
    var received = CircularBuffer<[UInt8]>()
    var receivedBytes = 0
    var receiver: (id: Int, continuation: CheckedContinuation<[UInt8]?, any Error>)?
    var hasEnded = false
    var unsent: [[UInt8]] = []
    var unsentBytes = 0
    var senders = CircularBuffer<Sender>()
    var accepts = true
    var isWritable = true
    var closers: [CheckedContinuation<Void, Never>] = []
    var isClosed = false
    var nextID = 0
  }
  private let state = Locked(State())
  private let limits: WebLimits
  /// Messages wait to be written; called once until `takeUnsent`.
  private let wakeWriter: @Sendable () -> Void
  /// The plugin has taken a message although reading had to stop.
  private let wakeReader: @Sendable () -> Void

  init(
    _ limits: WebLimits, wakeWriter: @escaping @Sendable () -> Void,
    wakeReader: @escaping @Sendable () -> Void
  ) {
    self.limits = limits
    self.wakeWriter = wakeWriter
    self.wakeReader = wakeReader
  }

  // MARK: the plugin's side

  func receive() async throws -> [UInt8]? {
    let id = nextID()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        var mustWake = false
        let result = state.withLock { state -> Result<[UInt8]?, any Error>? in
          let wasFull = isFull(state)
          if let message = state.received.popFirst() {
            state.receivedBytes -= message.count
            mustWake = wasFull && !isFull(state)
            return .success(message)
          }
          if state.hasEnded { return .success(nil) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.receiver != nil { return .failure(WebSocketClosed()) }
          state.receiver = (id, continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
        if mustWake { wakeReader() }
      }
    } onCancel: {
      let receiver = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
        guard state.receiver?.id == id else { return nil }
        defer { state.receiver = nil }
        return state.receiver?.continuation
      }
      receiver?.resume(throwing: CancellationError())
    }
  }

  func send(_ message: [UInt8]) async throws {
    let (isTaken, mustWake) = try state.withLock { state in
      guard state.accepts else { throw WebSocketClosed() }
      guard hasRoom(state) else { return (false, false) }
      return (true, Self.put(message, &state))
    }
    if mustWake { wakeWriter() }
    if !isTaken { try await wait(toSend: message) }
  }

  /// Returns when the connection is gone.
  func closed() async {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.closers.append(continuation) }
        return state.isClosed
      }
      if isClosed { continuation.resume() }
    }
  }

  private func wait(toSend message: [UInt8]) async throws {
    let id = nextID()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        var mustWake = false
        let result = state.withLock { state -> Result<Void, any Error>? in
          if !state.accepts { return .failure(WebSocketClosed()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if hasRoom(state) {
            mustWake = Self.put(message, &state)
            return .success(())
          }
          state.senders.append(Sender(id: id, message: message, continuation: continuation))
          return nil
        }
        if mustWake { wakeWriter() }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let sender = state.withLock { state in
        state.senders.firstIndex { $0.id == id }.map { state.senders.remove(at: $0) }
      }
      sender?.continuation.resume(throwing: CancellationError())
    }
  }

  // MARK: the event loop's side

  /// Whether reading must stop until the plugin has taken something.
  var isFull: Bool { state.withLock { isFull($0) } }
  /// Far more than one read of the socket can bring beyond a full mailbox: the peer sent it all and then hung
  /// up.
  var isFlooded: Bool { state.withLock { $0.received.count > limits.maxWaitingMessages + 4096 } }

  func deliver(_ message: [UInt8]) {
    let receiver = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      if let receiver = state.receiver {
        state.receiver = nil
        return receiver.continuation
      }
      state.received.append(message)
      state.receivedBytes += message.count
      return nil
    }
    receiver?.resume(returning: message)
  }

  func takeUnsent() -> [[UInt8]] {
    state.withLock { state in
      defer {
        state.unsent = []
        state.unsentBytes = 0
      }
      return state.unsent
    }
  }

  /// Lets waiting senders on when there is room again. True when there is something to write.
  func setWritable(_ isWritable: Bool) -> Bool {
    let (admitted, mustWrite) = state.withLock { state in
      state.isWritable = isWritable
      var admitted: [Sender] = []
      while isWritable, state.unsentBytes < limits.maxUnsentBytes, let sender = state.senders.popFirst() {
        _ = Self.put(sender.message, &state)
        admitted.append(sender)
      }
      return (admitted, !state.unsent.isEmpty)
    }
    for sender in admitted { sender.continuation.resume() }
    return mustWrite
  }

  /// Nothing more can be sent, and nothing more will be received.
  func end() {
    let (receiver, senders) = state.withLock { state in
      state.accepts = false
      state.hasEnded = true
      defer {
        state.receiver = nil
        state.senders.removeAll()
      }
      return (state.receiver?.continuation, Array(state.senders))
    }
    receiver?.resume(returning: nil)
    for sender in senders { sender.continuation.resume(throwing: WebSocketClosed()) }
  }

  func setClosed() {
    end()
    let closers = state.withLock { state in
      state.isClosed = true
      defer { state.closers = [] }
      return state.closers
    }
    for closer in closers { closer.resume() }
  }

  // MARK: rules

  private func isFull(_ state: State) -> Bool {
    state.received.count >= limits.maxWaitingMessages || state.receivedBytes >= limits.maxWaitingBytes
  }
  private func hasRoom(_ state: State) -> Bool {
    state.isWritable && state.senders.isEmpty && state.unsentBytes < limits.maxUnsentBytes
  }
  /// True when the writer must be woken.
  private static func put(_ message: [UInt8], _ state: inout State) -> Bool {
    state.unsent.append(message)
    state.unsentBytes += message.count
    return state.unsent.count == 1
  }
  private func nextID() -> Int {
    state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
  }
}
