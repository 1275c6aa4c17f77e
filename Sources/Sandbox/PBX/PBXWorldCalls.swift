// Calls of desk phones, and the alien calls by which an application says that a user talks elsewhere.

extension PBXWorld {
  /// Moves the desk phone; changes on-the-phone only when a talk begins or ends.
  mutating func setPhone(guid: String, _ phone: PBXUser.DeskPhone) -> [PBXChange] {
    guard let user = users[guid], user.phone != phone else { return [] }
    let talked = user.onThePhone
    users[guid]?.phone = phone
    return (users[guid]?.onThePhone == talked ? [] : [.presence(guid: guid)]) + [.phone(guid: guid)]
  }

  /// A call id for `AddAlienCallResult`, or nil for an unknown user.
  mutating func addAlienCall(guid: String, connection: Int) -> Int? {
    guard users[guid] != nil else { return nil }
    lastAlienCall += 1
    alienCalls[lastAlienCall] = AlienCall(guid: guid, connection: connection)
    users[guid]?.alienCalls += 1
    return lastAlienCall
  }

  /// Ends the call; false when this user has no such call on this connection.
  mutating func delAlienCall(_ id: Int, guid: String, connection: Int) -> Bool {
    guard alienCalls[id] == AlienCall(guid: guid, connection: connection) else { return false }
    alienCalls[id] = nil
    users[guid]?.alienCalls -= 1
    return true
  }

  /// Alien calls live as long as the socket that made them; `guid` narrows to one user's.
  mutating func dropAlienCalls(connection: Int, guid: String? = nil) -> [PBXChange] {
    let dropped = alienCalls.filter {
      $0.value.connection == connection && (guid == nil || $0.value.guid == guid)
    }
    for (id, call) in dropped {
      alienCalls[id] = nil
      users[call.guid]?.alienCalls -= 1
    }
    return Set(dropped.values.map(\.guid)).sorted().map { .presence(guid: $0) }
  }
}

/// What an application left behind in the PBX.
public struct PBXLeftovers: Sendable, Hashable {
  /// SIP name and activity of entries under the asked contact, sorted.
  public var entries: [String]
  /// SIP names of users with alien calls, one for each call, sorted.
  public var alienCalls: [String]
  public var isEmpty: Bool { entries.isEmpty && alienCalls.isEmpty }
}

extension PBXWorld {
  /// Entries under `contact` that still say something, and alien calls that still last.
  public func leftovers(contact: String) -> PBXLeftovers {
    let entries = users.values.compactMap { user -> String? in
      guard let entry = user.presence.first(where: { $0.contact == contact }),
        !entry.activity.isEmpty || !entry.note.isEmpty
      else {
        return nil
      }
      return "\(user.sip) \(entry.activity)"
    }
    let calls = alienCalls.values.compactMap { users[$0.guid]?.sip }
    return PBXLeftovers(entries: entries.sorted(), alienCalls: calls.sorted())
  }
}
