// The way of every request: faults first, then the host, the token, the limits and the route; all answers are
// logged.

import FoundationEssentials
import NIOCore
import NIOHTTP1

extension GraphArea {
  init(path: String) {
    let lower = path.lowercased()
    if !lower.hasPrefix("/v1.0/") && !lower.hasPrefix("/beta/") {
      self = .login
    } else if lower.hasPrefix("/v1.0/subscriptions") {
      self = .subscriptions
    } else if lower.contains("/presence") || lower.hasPrefix("/v1.0/communications") {
      self = .presence
    } else {
      self = .users
    }
  }
}

extension GraphService {
  func respond(_ request: ServerRequest, _ loop: any EventLoop) -> ServerReply {
    let area = GraphArea(path: request.path)
    let ids = RequestIDs(request.headers)
    switch faults.withLock({ $0.takeRequestFault(area) }) {
    case .hang:
      note(request, 0)
      return .never
    case .reset:
      note(request, 0)
      return .reset
    case .fail(let status, let retryAfter):
      return .now(finish(failure(area, status, retryAfter, ids), request, ids))
    case nil: break
    }
    switch area == .login ? login(request, ids) : graph(request, ids, loop) {
    case .now(let answer): return .now(finish(answer, request, ids))
    case .later(let future): return .later(future.map { self.finish($0, request, ids) })
    case let other: return other
    }
  }

  private func graph(_ request: ServerRequest, _ ids: RequestIDs, _ loop: any EventLoop) -> ServerReply {
    do throws(GraphRefusal) {
      let call = GraphCall(request, try authorise(request.headers), loop)
      if GraphArea(path: request.path) == .presence { try limit(call.grant.app) }
      return try route(call)
    } catch {
      return .now(refusal(error, ids, request))
    }
  }

  func refusal(_ error: GraphRefusal, _ ids: RequestIDs, _ request: ServerRequest) -> ServerAnswer {
    observer.refused(.teams, reason: "\(request.method) \(request.path) \(error.status) \(error.code)")
    return error.answer(requestID: ids.request, clientRequestID: ids.client, now: clock.date)
  }

  private func route(_ call: GraphCall) throws(GraphRefusal) -> ServerReply {
    switch call.words.first {
    case "users": return .now(try users(call))
    case "me" where call.words.count == 2 && call.words[1] == "presence":
      return .now(try readPresence(call, of: call.grant.user ?? ""))
    case "groups": return .now(try groups(call))
    case "communications": return .now(try communications(call))
    case "subscriptions": return try subscriptions(call)
    default: throw .badRequest("Resource not found for the segment '\(call.path.first ?? "")'.")
    }
  }

  private func authorise(_ headers: HTTPHeaders) throws(GraphRefusal) -> AccessGrant {
    guard let header = headers.first(name: "Authorization"), header.lowercased().hasPrefix("bearer "),
      header.count > 7
    else { throw .invalidToken("Access token is empty.") }
    guard let grant = seal.open(header.dropFirst(7), .access) else {
      throw .invalidToken("CompactToken parsing failed with error code: 80049217")
    }
    guard grant.expires > clock.date else {
      throw .invalidToken("Lifetime validation failed, the token is expired.")
    }
    guard grant.user.map({ user in desk.withLock { !$0.isDisabled(user: user) } }) ?? true else {
      throw .invalidToken("Continuous access evaluation resulted in challenge: the account is disabled.")
    }
    guard grant.generation == desk.withLock({ $0.generation }) else {
      throw .invalidToken(
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
          + "TokenIssuedBeforeRevocationTimestamp")
    }
    return grant
  }

  /// Presence requests are counted per application.
  private func limit(_ app: String) throws(GraphRefusal) {
    let now = clock.date
    let limit = options.presenceRequestLimit
    let wait = throttle.withLock { windows in
      windows[app, default: SlidingWindow(limit: limit, seconds: 30)].take(at: now)
    }
    if let wait { throw GraphRefusal(429, "TooManyRequests", "Please retry again later.", retryAfter: wait) }
  }

  private func failure(
    _ area: GraphArea, _ status: Int, _ retryAfter: Double?, _ ids: RequestIDs
  ) -> ServerAnswer {
    if area == .login {
      let transient = LoginRefusal.transient
      let refusal = LoginRefusal(status, transient.error, transient.code, transient.text)
      var answer = refusal.answer(traceID: ids.request, correlationID: ids.client, now: clock.date)
      if let retryAfter { answer.headers.add(name: "Retry-After", value: "\(retryAfter)") }
      return answer
    }
    let (code, message) =
      switch status {
      case 429: ("TooManyRequests", "Please retry again later.")
      case 503: ("serviceNotAvailable", "The service is temporarily unavailable.")
      case 504: ("timeout", "The request timed out.")
      default: ("generalException", "General exception while processing.")
      }
    return GraphRefusal(status, code, message, retryAfter: retryAfter)
      .answer(requestID: ids.request, clientRequestID: ids.client, now: clock.date)
  }

  private func finish(_ answer: ServerAnswer, _ request: ServerRequest, _ ids: RequestIDs) -> ServerAnswer {
    var answer = answer
    answer.headers.add(name: "request-id", value: ids.request)
    answer.headers.add(name: "client-request-id", value: ids.client)
    answer.headers.add(name: "Date", value: GraphDate.http(clock.date))
    note(request, Int(answer.status.code))
    return answer
  }

  private func note(_ request: ServerRequest, _ status: Int) {
    let entry = LoggedRequest(method: request.method.rawValue, path: request.path, status: status)
    log.withLock { log in
      log.add(entry)
      if let recorder = log.recorder, GraphArea(path: request.path) != .login {
        recorder(RecordedRequest(request, status: status))
      }
    }
  }
}
