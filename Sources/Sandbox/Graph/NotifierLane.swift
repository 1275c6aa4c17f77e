// One connection to a notification address with its bounded queue: batches, retries with back-off, keeps
// order.

import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What a lane asks of the service when it sends.
struct NotifierTerms: Sendable {
  /// Nil when nothing of the batch is wanted any more.
  let body: @Sendable ([NotificationItem]) -> [UInt8]?
  let written: @Sendable ([NotificationItem], NIODeadline) -> Void
  let clock: SandboxClock
  /// In real seconds.
  let answerLimit: Double
}

final class NotifierLane: Sendable {
  static let batchLimit = 20
  static let queueLimit = 20_000
  /// Undelivered notifications are dropped after four hours.
  static let retrySeconds = 4 * 3600.0

  private struct State {
    var queue = CircularBuffer<NotificationItem>()
    /// Held back so that the next one overtakes it.
    var heldBack: NotificationItem?
    var isBusy = false
    var failures = 0
    var retry: Scheduled<Void>?
    var isClosed = false
  }

  private let poster: HTTPPoster
  private let uri: String
  private let terms: NotifierTerms
  private let loop: any EventLoop
  private let state: NIOLoopBoundBox<State?>

  init(_ target: PostTarget, poster: HTTPPoster, terms: NotifierTerms) {
    self.poster = poster
    self.terms = terms
    uri = target.uri
    loop = poster.loop
    state = .makeEmptyBox(eventLoop: loop)
  }

  /// May be called from anywhere; calls keep their order.
  func enqueue(_ item: NotificationItem, _ fault: PendingFaults.NotificationFault?) {
    loop.execute { self.take(item, fault) }
  }

  /// The address has just answered: what waits for a retry goes now.
  func wake() {
    loop.execute {
      self.update { state in
        state.retry?.cancel()
        state.retry = nil
        state.failures = 0
      }
      self.pump()
    }
  }

  func close() {
    loop.execute {
      self.update { state in
        state.retry?.cancel()
        state.isClosed = true
        state.queue.removeAll()
      }
      self.poster.close()
    }
  }

  private func update<Result>(_ body: (inout State) -> Result) -> Result {
    var value = state.value ?? State()
    state.value = nil
    defer { state.value = value }
    return body(&value)
  }

  private func take(_ item: NotificationItem, _ fault: PendingFaults.NotificationFault?) {
    update { state in
      guard !state.isClosed else { return }
      switch fault {
      case .drop: return
      case .duplicate: state.queue += [item, item]
      case .reorder where state.heldBack == nil:
        state.heldBack = item
        self.loop.scheduleTask(in: .seconds(1)) { self.releaseHeldBack() }
        return
      default: state.queue.append(item)
      }
      if let held = state.heldBack {
        state.queue.append(held)
        state.heldBack = nil
      }
      while state.queue.count > Self.queueLimit { state.queue.removeFirst() }
    }
    pump()
  }

  private func releaseHeldBack() {
    update { state in
      if let held = state.heldBack { state.queue.append(held) }
      state.heldBack = nil
    }
    pump()
  }

  private func nextBatch() -> [NotificationItem] {
    let oldest = terms.clock.date - Self.retrySeconds
    return update { state in
      guard !state.isBusy, state.retry == nil, !state.isClosed else { return [] }
      var batch: [NotificationItem] = []
      while batch.count < Self.batchLimit, let item = state.queue.popFirst() {
        if item.created >= oldest { batch.append(item) }
      }
      state.isBusy = !batch.isEmpty
      return batch
    }
  }

  private func pump() {
    let batch = nextBatch()
    guard !batch.isEmpty else { return }
    guard let body = terms.body(batch) else {
      update { $0.isBusy = false }
      return loop.execute { self.pump() }
    }
    let headers: HTTPHeaders = [
      "Content-Type": "application/json; charset=utf-8", "User-Agent": "Microsoft Graph",
    ]
    let isWritten = NIOLoopBoundBox(false, eventLoop: loop)
    poster.send(
      .POST, uri, headers: headers, body: body, within: .nanoseconds(Int64(terms.answerLimit * 1e9)),
      written: { instant in
        isWritten.value = true
        self.terms.written(batch, instant)
      }
    ).whenComplete { result in
      switch result {
      case .success(let answer) where (200..<300).contains(answer.status): self.delivered()
      default: self.failed(batch, wasWritten: isWritten.value)
      }
    }
  }

  private func delivered() {
    update { state in
      state.isBusy = false
      state.failures = 0
    }
    pump()
  }

  private func failed(_ batch: [NotificationItem], wasWritten: Bool) {
    update { state in
      state.isBusy = false
      guard !state.isClosed else { return }
      for var item in batch.reversed() {
        if wasWritten { item.isReported = true }
        state.queue.prepend(item)
      }
      let seconds = min(60, Double(1 << min(state.failures, 6)))
      state.failures += 1
      state.retry = self.loop.scheduleTask(in: self.terms.clock.realTime(ofSeconds: seconds)) {
        self.update { $0.retry = nil }
        self.pump()
      }
    }
  }
}
