// Until when a connection may stay as it is: the rule against slow clients, without a clock of its own.

import NIOCore

struct ConnectionDeadline {
  enum Phase: Hashable {
    /// Between requests; nothing of the next has come.
    case idle
    /// Headers are coming.
    case header
    /// The body is coming.
    case body
    /// The plugin works: no limit of ours.
    case answering
    /// The client takes the response.
    case writing
    /// What still comes is thrown away.
    case lingering

    var standing: ConnectionRegistry.Standing {
      switch self {
      case .lingering: .ending
      case .idle, .header: .waiting
      case .body: .sending
      case .answering, .writing: .served
      }
    }
  }
  private(set) var phase = Phase.idle
  private(set) var deadline: NIODeadline?
  private var requestStarted: NIODeadline
  private let limits: WebLimits

  init(_ limits: WebLimits, now: NIODeadline) {
    self.limits = limits
    requestStarted = now
    deadline = now + limits.idleTime.timeAmount
  }

  mutating func enter(_ phase: Phase, now: NIODeadline) {
    self.phase = phase
    switch phase {
    case .idle: deadline = now + limits.idleTime.timeAmount
    case .header:
      requestStarted = now
      deadline = now + limits.headerTime.timeAmount
    case .body: deadline = requestStarted + limits.requestTime.timeAmount
    case .answering: deadline = nil
    case .writing: deadline = now + limits.writeTime.timeAmount
    case .lingering: deadline = now + limits.lingerTime.timeAmount
    }
  }

  /// Bytes have come: they begin a request if none is under way.
  mutating func bytesArrived(now: NIODeadline) {
    if phase == .idle { enter(.header, now: now) }
  }

  /// Under which word an expired deadline is counted; nil when it is nobody's fault.
  var expiryReason: String? {
    switch phase {
    case .header: "header_timeout"
    case .body: "request_timeout"
    case .writing: "slow_reader"
    case .idle, .answering, .lingering: nil
    }
  }
}
