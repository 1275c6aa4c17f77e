// Every call of one PBX, followed through RCC: ringing and hold, which presence does not tell.

import PluginAPI

struct LineMonitor: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case changed(UserID)
    /// The PBX follows calls for us.
    case ready
    /// It does not: presence tells about calls meanwhile.
    case failed(String)
  }

  /// Calls that are kept at once: a peer that never ends one cannot fill the memory.
  static let maxCalls = 200_000
  private static let retry = Duration.seconds(300)

  private struct Call: Sendable {
    let user: UserID
    var state: LineState
  }

  let answerTimeout: Duration
  let diallingCounts: Bool
  private var calls: [Int: Call] = [:]
  private var byUser: [UserID: Set<Int>] = [:]
  private var deadline: Moment?
  private var retryAt: Moment?
  private(set) var isReady = false

  init(answerTimeout: Duration, diallingCounts: Bool) {
    self.answerTimeout = answerTimeout
    self.diallingCounts = diallingCounts
  }

  mutating func start(_ now: Moment) -> [Effect] {
    deadline = now + answerTimeout
    retryAt = nil
    return [.send(.monitorCalls)]
  }

  /// What the user's calls amount to: talking before holding before ringing.
  func call(of user: UserID) -> CallState {
    let states = (byUser[user] ?? []).compactMap { calls[$0]?.state.call(diallingCounts: diallingCounts) }
    for state in [CallState.connected, .onHold, .ringing] where states.contains(state) { return state }
    return .none
  }

  /// Nil when the message is none of RCC's.
  mutating func handle(_ message: Incoming, now: Moment) -> [Effect]? {
    guard message.api == "RCC" || message.src == Outgoing.monitorCalls.src else { return nil }
    switch message.mt {
    case "InitializeResult":
      if let failure = message.failure { return failed("the PBX refused RCC: \(failure)", now) }
      deadline = nil
      isReady = true
      return [.ready]
    case "UserInfo":
      // A large PBX lists its users first, a few at a time.
      if deadline != nil { deadline = now + answerTimeout }
      return []
    case "CallAdd", "CallInfo":
      guard let id = message.call, let guid = message.guid, !guid.isEmpty else { return [] }
      return update(id, UserID(guid), LineState(bits: message.state ?? 0))
    case "CallUpdate":
      guard let id = message.call, let known = calls[id] else { return [] }
      if message.msg?.lowercased() == "del" { return end(id) }
      let next = message.state.map { LineState(bits: $0) } ?? message.msg.flatMap { LineState.after($0) }
      return next.map { update(id, known.user, $0) } ?? []
    // The documents have both names.
    case "CallDel", "CallDelete": return message.call.map { end($0) } ?? []
    default: return nil
    }
  }

  mutating func tick(_ now: Moment) -> [Effect] {
    if let deadline, deadline <= now {
      return failed("the PBX did not answer RCC Initialize within \(answerTimeout.configText)", now)
    }
    guard let retryAt, retryAt <= now else { return [] }
    return start(now)
  }

  private mutating func update(_ id: Int, _ user: UserID, _ state: LineState) -> [Effect] {
    guard calls[id] != nil || calls.count < Self.maxCalls else { return [] }
    let before = call(of: user)
    if let other = calls[id]?.user, other != user { _ = end(id) }
    calls[id] = Call(user: user, state: state)
    byUser[user, default: []].insert(id)
    return call(of: user) == before ? [] : [.changed(user)]
  }

  private mutating func end(_ id: Int) -> [Effect] {
    guard let user = calls[id]?.user else { return [] }
    let before = call(of: user)
    calls[id] = nil
    byUser[user]?.remove(id)
    if byUser[user]?.isEmpty == true { byUser[user] = nil }
    return call(of: user) == before ? [] : [.changed(user)]
  }

  /// Whoever was in a call by RCC alone is so no more.
  private mutating func failed(_ reason: String, _ now: Moment) -> [Effect] {
    let users = byUser.keys.filter { call(of: $0) != .none }
    (calls, byUser, isReady, deadline) = ([:], [:], false, nil)
    retryAt = now + Self.retry
    return [.failed(reason)] + users.map { .changed($0) }
  }
}
