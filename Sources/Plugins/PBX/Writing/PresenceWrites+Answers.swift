// What the PBX answers to a write, and when a write is done.

import PluginAPI

extension PresenceWrites {
  /// Handles the results of writes; nil when the message is none.
  mutating func handle(_ message: Incoming, onThePhone: Bool, now: Moment) -> [Effect]? {
    guard let src = message.src, let user = WriteSource.user(of: src) else { return nil }
    let answer: Answer = message.failure == nil ? .ok : .refused
    let effects: [Effect]
    switch message.mt {
    case "SetPresenceResult": effects = [.answered(.setPresence, answer)] + setAnswered(message, src, user)
    case "CreateApiResult": effects = [.answered(.createAPI, answer)] + created(message, src, user)
    case "AddAlienCallResult": effects = [.answered(.addAlienCall, answer)] + added(message, src, user, now)
    case "DelAlienCallResult":
      effects = [.answered(.delAlienCall, answer)] + removed(src, user, onThePhone, now)
    default: return nil
    }
    heard(now)
    return effects
  }

  /// The PBX answered a request, if only the probe.
  mutating func heard(_ now: Moment) { answers.answered(now, waiting: !jobs.isEmpty) }

  private mutating func setAnswered(_ message: Incoming, _ src: String, _ user: UserID) -> [Effect] {
    guard var job = jobs[user], job.setSource == src else {
      if let late = givenUp[user], late.src == src {
        givenUp[user] = nil
        if message.failure == nil { setDone(late.entry, user) }
      }
      return []
    }
    job.setSource = nil
    if let failure = message.failure {
      job.failure = "the PBX refused SetPresence: \(failure)"
    } else {
      setDone(job.entry, user)
    }
    jobs[user] = job
    return finish(user)
  }

  private mutating func setDone(_ entry: ContactEntry, _ user: UserID) {
    written[user] = .entry(entry)
    if own?.toGiveBack(user) == entry { own?.gaveBack(user) }
  }

  private mutating func created(_ message: Incoming, _ src: String, _ user: UserID) -> [Effect] {
    guard alien[user] == .creating(src: src) else {
      return message.target.map { [.send(.deleteAPI($0))] } ?? []
    }
    guard let target = message.target, message.failure == nil else {
      return callRefused(user, "CreateApi", message.failure ?? "no target in the answer")
    }
    let next = source("c", user)
    alien[user] = .adding(target: target, src: next)
    return [.send(.addAlienCall(target: target, src: next))]
  }

  private mutating func added(
    _ message: Incoming, _ src: String, _ user: UserID, _ now: Moment
  ) -> [Effect] {
    if case .adding(let target, src)? = alien[user] {
      guard let id = message.id, message.failure == nil else {
        return [.send(.deleteAPI(target))]
          + callRefused(user, "AddAlienCall", message.failure ?? "no id in the answer")
      }
      alien[user] = .held(target: target, id: id)
      return callDone(user)
    }
    // Too late: nobody waits for this call any more.
    guard let target = message.api, let id = message.id else { return [] }
    if alien[user] == .unsure(target: target) { alien[user] = .settling(until: now + settleTime) }
    return [
      .send(.deleteAlienCall(target: target, id: id, src: source("d", user))), .send(.deleteAPI(target)),
    ]
  }

  /// An error means that the PBX does not know the call any more: it is gone either way.
  private mutating func removed(
    _ src: String, _ user: UserID, _ onThePhone: Bool, _ now: Moment
  ) -> [Effect] {
    switch alien[user] {
    case .removing(let target, _, src)?:
      alien[user] = onThePhone ? .settling(until: now + settleTime) : nil
      lateRemovals[user] = nil
      return [.send(.deleteAPI(target)), .reread(user)] + callDone(user)
    case .held(let target, _)? where lateRemovals[user] == src:
      (alien[user], lateRemovals[user]) = (nil, nil)
      return [.send(.deleteAPI(target)), .reread(user), .lostCall(user)]
    default: return []
    }
  }

  private mutating func callRefused(_ user: UserID, _ request: String, _ reason: String) -> [Effect] {
    alien[user] = nil
    jobs[user]?.failure = "the PBX refused \(request): \(reason)"
    return [.reread(user)] + callDone(user)
  }

  private mutating func callDone(_ user: UserID) -> [Effect] {
    jobs[user]?.callOpen = false
    return finish(user)
  }

  mutating func finish(_ user: UserID) -> [Effect] {
    guard let job = jobs[user], job.setSource == nil, !job.callOpen else { return [] }
    jobs[user] = nil
    return [
      .settled(
        token: job.token,
        job.failure.map { .rejected(reason: $0) } ?? .delivered(lease: nil))
    ]
  }
}
