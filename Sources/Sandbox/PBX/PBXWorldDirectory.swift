// What an administrator does to the user objects; every row keeps its update sequence number for delta
// replication.

extension PBXWorld {
  /// Adds a user object. Names and numbers are unique in a PBX: a clash adds nothing.
  public mutating func add(_ user: PBXUser) -> [PBXChange] {
    guard users[user.guid] == nil, bySIP[user.sip] == nil, byNumber[user.number] == nil,
      users.count < Self.maxUsers
    else { return [] }
    users[user.guid] = user
    bySIP[user.sip] = user.guid
    byNumber[user.number] = user.guid
    if let person = user.person { byPerson[person] = user.guid }
    stamp(user.guid)
    return [.added(guid: user.guid)]
  }

  /// Removes the object and its alien calls.
  public mutating func remove(guid: String) -> [PBXChange] {
    guard let user = users.removeValue(forKey: guid) else { return [] }
    bySIP[user.sip] = nil
    byNumber[user.number] = nil
    if let person = user.person { byPerson[person] = nil }
    alienCalls = alienCalls.filter { $0.value.guid != guid }
    usn += 1
    deletions.append((guid, usn))
    if deletions.count > Self.maxDeletions { deletionsForgottenBefore = deletions.removeFirst().usn }
    return [.removed(user)]
  }

  /// Changes names; the guid stays. A SIP name that another object has changes nothing.
  public mutating func rename(guid: String, sip: String? = nil, displayName: String? = nil) -> [PBXChange] {
    guard let user = users[guid] else { return [] }
    if let sip, sip != user.sip {
      guard bySIP[sip] == nil else { return [] }
      bySIP[user.sip] = nil
      bySIP[sip] = guid
      users[guid]?.sip = sip
    }
    if let displayName {
      users[guid]?.cn = displayName
      users[guid]?.dn = displayName
    }
    stamp(guid)
    return [.updated(guid: guid)]
  }

  /// Homes the user on another PBX. Alien calls stay where they were made.
  public mutating func move(guid: String, to pbx: String) -> [PBXChange] {
    guard let user = users[guid], user.loc != pbx else { return [] }
    users[guid]?.loc = pbx
    stamp(guid)
    return [.updated(guid: guid)]
  }

  /// Puts the App object on the user's "Visibility" tab, or takes it off.
  public mutating func setAllowed(guid: String, _ allowed: Bool) -> [PBXChange] {
    guard let user = users[guid], user.allowed != allowed else { return [] }
    users[guid]?.allowed = allowed
    stamp(guid)
    return [.updated(guid: guid), .visibility(guid: guid)]
  }

  /// Changes what is no key of the object.
  public mutating func change(guid: String, _ change: (inout PBXUser) -> Void) -> [PBXChange] {
    guard var user = users[guid] else { return [] }
    change(&user)
    users[guid] = user
    stamp(guid)
    return [.updated(guid: guid)]
  }

  /// The rows a replication must tell, and the deletions when it is a delta.
  func rows(since usn: Int?, database: String?, homedOn pbx: String?) -> (rows: [String], deletions: [String])
  {
    let homed = pbx.map { pbx in users.values.filter { $0.loc == pbx } } ?? Array(users.values)
    let ordered = homed.sorted { $0.usn < $1.usn }
    guard let usn, database == databaseGUID, usn >= deletionsForgottenBefore, usn <= self.usn else {
      return (ordered.map(\.guid), [])
    }
    return (ordered.filter { $0.usn > usn }.map(\.guid), deletions.filter { $0.usn > usn }.map(\.guid))
  }

  private mutating func stamp(_ guid: String) {
    usn += 1
    users[guid]?.usn = usn
  }
}
