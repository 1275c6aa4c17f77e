// Users and who watches them: the tables of the PBXs, the roster, and which connection serves whom.

import PluginAPI

extension Switchboard {
  /// The user, and the PBX that serves them; nil when no complete table has them.
  func find(_ user: UserID) -> (user: PBXUser, home: PBXKey)? {
    for (domain, table) in tables {
      if let found = table[user] { return (found, home(of: found, domain)) }
    }
    return nil
  }

  func home(of user: PBXUser, _ domain: String) -> PBXKey {
    PBXKey(domain: domain, pbx: user.home.isEmpty ? settings.master : user.home)
  }

  func watch(_ users: Set<UserID>) {
    roster = users
    reassign()
    updateChecks()
  }

  func usersLoaded(_ load: UserLoad, on id: Int) {
    guard let identity = lines[id]?.identity else { return }
    let domain = identity.key.domain
    let earlier = tables[domain] ?? recalled.removeValue(forKey: domain) ?? [:]
    var table = load.isDelta ? earlier : [:]
    for guid in load.removed { table[guid] = nil }
    for row in load.rows {
      guard var user = PBXUser(row, domain: identity.domain) else { continue }
      user.licence = earlier[user.id]?.licence
      table[user.id] = user
    }
    for (user, old) in tables[domain] ?? [:]
    where table[user].map({ home(of: $0, domain) }) != home(of: old, domain) {
      release(user, from: home(of: old, domain))
    }
    tables[domain] = table
    if load.isDelta {
      for user in load.rows.map({ UserID($0.guid) }) + load.removed { archive.touch(user, of: domain) }
    } else {
      archive.touchAll(of: domain)
    }
    keepMark(of: domain, id)
    if !load.isDelta { marks[domain]?.fullAt = context.clock.date }
    usersCounted(identity)
    directory.snapshot()
    directoryReader?.yield()
    for line in homes.values { announce(line) }
    reassign()
    let licensed = table.values.filter { options.users.needsLicence($0) }.map(\.id)
    perform(lines[id]?.session.checkLicences(of: licensed, now: now) ?? [], on: id)
  }

  func userChanged(_ row: UserRow, on id: Int) {
    guard let identity = lines[id]?.identity, var user = PBXUser(row, domain: identity.domain) else { return }
    let domain = identity.key.domain
    keepMark(of: domain, id)
    let old = tables[domain]?[user.id]
    user.licence = old?.licence
    if old == user { return }
    tables[domain, default: [:]][user.id] = user
    archive.touch(user.id, of: domain)
    publish(user)
    usersCounted(identity)
    if options.users.needsLicence(user) {
      perform(lines[id]?.session.checkLicence(of: user.id, now: now) ?? [], on: id)
    }
    let home = home(of: user, domain)
    if let old, self.home(of: old, domain) != home {
      release(user.id, from: self.home(of: old, domain))
      context.sink.lost(.call, of: [user.id])
      if let loan = loans.all[user.id], let line = homes[home] {
        lines[line]?.session.takeOver(loans: [user.id: loan])
      }
      return reassign()
    }
    guard roster.contains(user.id) || borrowers.contains(user.id), !user.sip.isEmpty, let line = homes[home]
    else {
      return
    }
    watch(user.id, user.sip, on: line)
  }

  func watch(_ user: UserID, _ sip: String, on line: Int) {
    perform(lines[line]?.session.watch(user, sip: sip, now: now) ?? [], on: line)
  }

  func userRemoved(_ user: UserID, on id: Int) {
    guard let identity = lines[id]?.identity, let old = tables[identity.key.domain]?[user] else { return }
    let domain = identity.key.domain
    release(user, from: home(of: old, domain))
    tables[domain]?[user] = nil
    archive.touch(user, of: domain)
    lines[id]?.session.forgetLicence(of: user)
    directory.remove(user)
    directoryReader?.yield()
    usersCounted(identity)
  }

  /// A question that failed does not take away what is known.
  func licenceAnswered(_ user: UserID, _ answer: LicenceAnswer, on id: Int) {
    guard let identity = lines[id]?.identity, let known = tables[identity.key.domain]?[user] else { return }
    let domain = identity.key.domain
    checks.licenceAnswered(answer, of: identity)
    if case .failed = answer, let before = known.licence, before == .licensed || before == .missing { return }
    guard known.licence != answer else { return }
    tables[domain]?[user]?.licence = answer
    archive.touch(user, of: domain)
    if let user = tables[domain]?[user] { publish(user) }
  }

  private func publish(_ user: PBXUser) {
    directory.upsert(options.users.directoryUser(user))
    directoryReader?.yield()
  }

  /// The PBX's part of the mark comes from the session, the times from the mark before.
  private func keepMark(of domain: String, _ id: Int) {
    var mark = lines[id]?.session.usersMark
    mark?.fullAt = marks[domain]?.fullAt
    mark?.followedAt = context.clock.date
    marks[domain] = mark
  }

  private func usersCounted(_ identity: PBXIdentity) {
    checks.usersLoaded(tables[identity.key.domain]?.count ?? 0, of: identity)
    metrics.known(tables.values.reduce(0) { $0 + $1.count })
  }

  private func release(_ user: UserID, from home: PBXKey) {
    guard let line = homes[home] else { return }
    perform(lines[line]?.session.release(user, now: now) ?? [], on: line)
  }

  /// Tells every connection whom to watch.
  func reassign() {
    var wanted: [Int: [UserID: String]] = [:]
    var homeless: [String: Int] = [:]
    for user in borrowers.isEmpty ? roster : roster.union(borrowers) {
      guard let (found, home) = find(user), !found.sip.isEmpty else { continue }
      if let line = homes[home] {
        wanted[line, default: [:]][user] = found.sip
      } else {
        homeless[home.pbx, default: 0] += 1
      }
    }
    checks.homeless = homeless
    for line in homes.values {
      perform(lines[line]?.session.watch(only: wanted[line] ?? [:], now: now) ?? [], on: line)
    }
  }

  /// Once the connection is there and its users are known, the calls lost with the last one are made
  /// again, and deliveries that wait go out.
  func announce(_ id: Int) {
    guard let line = lines[id], let identity = line.identity, !line.announced,
      let table = tables[identity.key.domain]
    else { return }
    lines[id]?.announced = true
    let users = table.values.filter { home(of: $0, identity.key.domain) == identity.key }.map(\.id)
    if !users.isEmpty { context.sink.lost(.call, of: users) }
    context.sink.lost(.nothing, of: nil)
    reassign()
  }

  // MARK: Directory

  /// Signals changes from now on, beginning with a snapshot.
  func directorySignal() -> AsyncStream<Void> {
    let (stream, reader) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    directoryReader?.finish()
    directoryReader = reader
    if !tables.isEmpty {
      directory.snapshot()
      reader.yield()
    }
    return stream
  }

  func takeDirectoryChanges() -> [DirectoryChange] {
    let rules = options.users
    return directory.take { tables.values.flatMap { $0.values.map { rules.directoryUser($0) } } }
  }
}
