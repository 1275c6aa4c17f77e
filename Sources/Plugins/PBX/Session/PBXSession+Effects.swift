// What the parts of a session want, in the session's own words.

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
}
