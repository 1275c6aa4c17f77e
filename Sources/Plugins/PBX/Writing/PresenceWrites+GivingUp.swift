// Writes that end without an answer: after a time, for a newer value, with the connection.

import PluginAPI

extension PresenceWrites {
  mutating func tick(_ now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for (user, job) in jobs where now - job.begunAt >= answerTimeout {
      effects += giveUp(user, job, "the PBX did not answer within \(answerTimeout.configText)")
      answers.timedOut()
    }
    let late = jobs.filter { now - $0.value.begunAt > AnswerWatch.patience }
    if let action = answers.tick(now, late: late.count) { effects.append(.watched(action)) }
    if answers.isStalled, late.count > AnswerWatch.tolerated {
      // The oldest stay: their answers show that it goes on.
      let newest = late.sorted { $0.value.token < $1.value.token }.dropFirst(AnswerWatch.tolerated)
      for (user, job) in newest { effects += giveUp(user, job, "the PBX does not answer", AnswerWatch.pause) }
    }
    for (user, call) in alien {
      if case .settling(let until) = call, until <= now {
        alien[user] = nil
        effects.append(.reread(user))
      }
    }
    return effects
  }

  /// The list no longer shows a call: ours is really gone.
  mutating func sawNoCall(of user: UserID) {
    if case .settling? = alien[user] { alien[user] = nil }
  }

  /// The connection is gone, and every alien call with it.
  mutating func end(_ reason: String) -> [Effect] {
    let tokens = jobs.values.map(\.token)
    (jobs, alien, givenUp, lateRemovals) = ([:], [:], [:], [:])
    return tokens.map { .settled(token: $0, .retry(after: nil, reason: reason)) }
  }

  private mutating func giveUp(
    _ user: UserID, _ job: Job, _ reason: String, _ pause: Duration? = nil
  ) -> [Effect] {
    var effects: [Effect] = []
    if job.setSource != nil { effects.append(.answered(.setPresence, .timeout)) }
    if job.callOpen {
      switch alien[user] {
      case .creating?: effects.append(.answered(.createAPI, .timeout))
      case .adding?: effects.append(.answered(.addAlienCall, .timeout))
      case .removing?: effects.append(.answered(.delAlienCall, .timeout))
      default: break
      }
    }
    return effects + abandon(user, reason, pause)
  }

  /// Gives up the job under way, if any, so that the state says what may be left in the PBX.
  mutating func abandon(_ user: UserID, _ reason: String, _ pause: Duration? = nil) -> [Effect] {
    guard let job = jobs.removeValue(forKey: user) else { return [] }
    var effects: [Effect] = [.settled(token: job.token, .retry(after: pause, reason: reason))]
    if let src = job.setSource { givenUp[user] = (src, job.entry) }
    guard job.callOpen else { return effects }
    switch alien[user] {
    case .creating?:
      alien[user] = nil
      effects.append(.reread(user))
    case .adding(let target, _)?: alien[user] = .unsure(target: target)
    case .removing(let target, let id, let src)?:
      alien[user] = .held(target: target, id: id)
      lateRemovals[user] = src
    default: break
    }
    return effects
  }
}
