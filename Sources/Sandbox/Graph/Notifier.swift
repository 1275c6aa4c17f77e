// The senders of notifications: for each address a few lanes, and a person always on the same one.

import FoundationEssentials
import NIOCore
import NIOOpenSSL

final class Notifier: Sendable {
  private let lanes = Locked<[PostTarget: [NotifierLane]]>([:])
  private let group: any EventLoopGroup
  private let tls: TLSClientContext
  private let connections: Int
  private let terms: NotifierTerms

  init(group: any EventLoopGroup, tls: TLSClientContext, connections: Int, terms: NotifierTerms) {
    self.group = group
    self.tls = tls
    self.connections = max(1, connections)
    self.terms = terms
  }

  func send(_ item: NotificationItem, to target: PostTarget, _ fault: PendingFaults.NotificationFault?) {
    let lane = lanes.withLock { lanes in
      if lanes[target] == nil {
        lanes[target] = (0..<connections).map { _ in
          NotifierLane(target, poster: HTTPPoster(to: target, on: group.next(), tls: tls), terms: terms)
        }
      }
      return lanes[target]![max(0, item.index) % connections]
    }
    lane.enqueue(item, fault)
  }

  /// The address answered a handshake: retries need not wait.
  func wake(_ target: PostTarget) {
    for lane in lanes.withLock({ $0[target] ?? [] }) { lane.wake() }
  }

  /// Closes the connections to all other addresses.
  func keep(only targets: Set<PostTarget>) {
    let gone = lanes.withLock { lanes in
      let gone = lanes.filter { !targets.contains($0.key) }
      for target in gone.keys { lanes[target] = nil }
      return gone
    }
    for lane in gone.values.joined() { lane.close() }
  }

  /// Asks an address to prove that it expects notifications, as the service does before it takes a
  /// subscription: 200, text/plain and exactly the decoded token, in time.
  func validate(
    _ target: PostTarget, within limit: TimeAmount, on loop: any EventLoop
  ) -> EventLoopFuture<Result<Void, GraphRefusal>> {
    let words = "Validation: Testing client application reachability for subscription Request-Id: "
    let token = words + UUID().uuidString.lowercased()
    let encoded = FormFields.percentEncoded(token).split(separator: "%20").joined(separator: "+")
    let uri = target.uri + (target.uri.contains("?") ? "&" : "?") + "validationToken=" + encoded
    let poster = HTTPPoster(to: target, on: loop, tls: tls)
    return poster.send(.POST, uri, headers: ["Content-Type": "text/plain; charset=utf-8"], within: limit)
      .map { answer -> Result<Void, GraphRefusal> in
        let type = answer.headers.first(name: "Content-Type")?.lowercased() ?? ""
        let isRight = answer.status == 200 && type.hasPrefix("text/plain") && answer.body == Array(token.utf8)
        return isRight ? .success(()) : .failure(Self.wrongAnswer)
      }
      .flatMapErrorThrowing { error in
        guard case .timedOut? = error as? PostFailure else { return .failure(Self.wrongAnswer) }
        return .failure(GraphRefusal(400, "ValidationError", "Subscription validation request timed out."))
      }
      .always { _ in poster.close() }
  }

  private static let wrongAnswer = GraphRefusal(
    400, "ValidationError",
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation "
      + "request.")
}
