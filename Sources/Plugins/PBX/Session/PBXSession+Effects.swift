// What the parts of a session want, in the session's own words.

import PluginAPI

extension PBXSession {
  func apply(_ effects: [Replication.Effect]) -> [Effect] {
    effects.map { effect in
      switch effect {
      case .send(let message): .send(message)
      case .progress(let count): .usersProgress(count)
      case .loaded(let load): .usersLoaded(load)
      case .changed(let row): .userChanged(row)
      case .removed(let user): .userRemoved(user)
      case .failed(let reason): .usersFailed(reason)
      }
    }
  }

  func apply(_ effects: [Visit.Effect]) -> [Effect] {
    effects.map { effect in
      switch effect {
      case .send(let message): .send(message)
      case .askedForStatus(let src): .askedForStatus(src: src)
      case .ignored(let kind): .ignored(kind)
      case .over: .close("a page that nobody looks at any more")
      }
    }
  }

  func apply(_ effects: [LicenceChecks.Effect]) -> [Effect] {
    effects.map { effect in
      switch effect {
      case .send(let message): .send(message)
      case .answered(let user, let answer): .licence(user, answer)
      }
    }
  }

  mutating func apply(_ effects: [LineMonitor.Effect], _ now: Moment) -> [Effect] {
    var result: [Effect] = []
    for effect in effects {
      switch effect {
      case .send(let message): result.append(.send(message))
      case .changed(let user): result += report(user, now)
      case .ready: result.append(.lines(nil))
      case .failed(let reason): result.append(.lines(reason))
      }
    }
    return result
  }

  mutating func apply(_ effects: [PresenceWrites.Effect], _ now: Moment) -> [Effect] {
    var result: [Effect] = []
    for effect in effects {
      switch effect {
      case .send(let message): result.append(.send(message))
      case .settled(let token, let outcome): result.append(.settled(token: token, outcome))
      case .lostCall(let user): result.append(.lostCall(user))
      case .answered(let request, let answer): result.append(.answered(request, answer))
      case .reread(let user): result += report(user, now)
      case .watched(.probe): result.append(.send(.nodeInfo))
      case .watched(.dead):
        phase = .closed
        result.append(
          .close(
            "neither a write nor GetNodeInfo was answered for \((settings.answerTimeout * 2).configText)"))
      }
    }
    return result
  }
}
