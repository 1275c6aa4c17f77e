// PbxApi: presence subscriptions and presence set by the gateway.

extension PBXSession {
  mutating func presence(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    switch request.mt {
    case "SubscribePresence": return subscribe(request, world: world)
    case "UnsubscribePresence": return unsubscribe(request, world: world)
    case "SetPresence": return setPresence(request, world: &world)
    case "GetNodeInfo":
      return [
        Self.message(
          "GetNodeInfoResult", src: request.src, api: "PbxApi",
          [
            ("name", "root"), ("prefix_intl", "00"), ("prefix_ntl", "0"), ("prefix_subs", ""),
            ("country_code", "49"),
          ])
      ]
    case "AddAlienCall", "DelAlienCall":
      return Self.refusal(request, "the App object has no phone: impersonate a user")
    default: return []
    }
  }

  private func user(_ request: PBXRequest, _ world: PBXWorld) -> PBXUser? {
    if let guid = request.guid { return world.user(guid: guid) }
    if let sip = request.sip { return world.user(sip: sip) }
    return request.num.flatMap { world.user(number: $0) }
  }

  private mutating func subscribe(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    guard let src = request.src, !src.isEmpty else { return Self.refusal(request, "src missing") }
    guard (request.sip == nil) != (request.num == nil) else {
      return Self.refusal(request, "one of sip and num")
    }
    guard let user = user(request, world) else { return Self.refusal(request, "unknown user") }
    if let other = subscriptions[src], other.guid != user.guid || !world.variant.sourceMayBeRepeated {
      return Self.refusal(request, "src is in use")
    }
    guard subscriptions[src] != nil || subscriptions.count < Self.maxSubscriptions else {
      return Self.refusal(request, "too many subscriptions")
    }
    subscriptions[src] = Subscription(guid: user.guid, up: user.allowed)
    watchers[user.guid, default: []].insert(src)
    let result = Self.message("SubscribePresenceResult", src: src, api: "PbxApi")
    // Without visibility the real PBX answers and then stays silent.
    return user.allowed ? [result] + shown(src, user, world) : [result] + unallowed("Add", user, world)
  }

  private mutating func unsubscribe(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    let named = user(request, world).map { watching($0.guid) } ?? []
    let own = world.variant.unsubscribing == .user ? nil : request.src
    let ended = own.flatMap { subscriptions[$0] == nil ? nil : [$0] } ?? named
    guard !ended.isEmpty else { return Self.refusal(request, "no such subscription") }
    for src in ended {
      guard let guid = subscriptions.removeValue(forKey: src)?.guid else { continue }
      watchers[guid]?.remove(src)
      if watchers[guid]?.isEmpty == true { watchers[guid] = nil }
    }
    return [Self.message("UnsubscribePresenceResult", src: request.src, api: "PbxApi")]
  }

  private func setPresence(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    let activity = request.activity ?? ""
    let contact = request.contact.flatMap { $0.isEmpty ? nil : $0 } ?? "tel:"
    guard (request.sip == nil) != (request.guid == nil) else {
      return Self.refusal(request, "one of sip and guid")
    }
    guard activity != PBXWorld.onThePhoneActivity else {
      return Self.refusal(request, "on-the-phone cannot be set")
    }
    guard let user = user(request, world) else { return Self.refusal(request, "unknown user") }
    guard (request.note ?? "").utf8.count <= PBXWorld.maxNoteBytes, activity.utf8.count <= 64,
      contact.utf8.count <= 64, contact.contains(":")
    else { return Self.refusal(request, "contact, activity or note out of bounds") }
    guard
      world.setPresence(guid: user.guid, contact: contact, activity: activity, note: request.note ?? "")
    else { return Self.refusal(request, "too many contacts") }
    var effects = [Self.message("SetPresenceResult", src: request.src, api: "PbxApi")]
    if let person = user.person {
      let state = "\(contact) \(activity.isEmpty ? "unset" : activity)"
      effects.insert(.accepted(PBXShown(person: person, state: state)), at: 0)
    }
    return effects + [.changed(.presence(guid: user.guid))]
  }

  /// What subscribers hear of a change.
  mutating func notify(_ change: PBXChange, world: PBXWorld) -> [PBXEffect] {
    switch change {
    case .presence(let guid):
      guard let user = world.user(guid: guid) else { return [] }
      return watching(guid).filter { subscriptions[$0]?.up == true }.map { update($0, user, world) }
    case .visibility(let guid):
      guard let user = world.user(guid: guid) else { return [] }
      let list = watching(guid).isEmpty ? [] : unallowed(user.allowed ? "Del" : "Add", user, world)
      return list
        + watching(guid).flatMap { src in
          subscriptions[src]?.up = user.allowed
          return user.allowed ? shown(src, user, world) : [Self.down(src)]
        }
    case .removed(let user):
      let ended = watching(user.guid)
      watchers[user.guid] = nil
      targets = targets.filter { $0.value != user.guid }
      return ended.compactMap { subscriptions.removeValue(forKey: $0)?.up == true ? Self.down($0) : nil }
    case .added, .updated, .phone:
      return []
    }
  }

  private func watching(_ guid: String) -> [String] { watchers[guid].map { $0.sorted() } ?? [] }

  private static func down(_ src: String) -> PBXEffect {
    message("PresenceState", src: src, api: "PbxApi", [("up", false)])
  }

  private func shown(_ src: String, _ user: PBXUser, _ world: PBXWorld) -> [PBXEffect] {
    var members: [(name: String, value: OrderedJSON)] = [
      ("up", true), ("sip", .string(user.sip)), ("num", .string(user.number)), ("dn", .string(user.dn)),
    ]
    if let mail = world.address(of: user) { members.append(("email", .string(mail))) }
    return [Self.message("PresenceState", src: src, api: "PbxApi", members), update(src, user, world)]
  }

  private func update(_ src: String, _ user: PBXUser, _ world: PBXWorld) -> PBXEffect {
    let list = world.presence(guid: user.guid).map { entry -> OrderedJSON in
      var members: [(name: String, value: OrderedJSON)] = [
        ("contact", .string(entry.contact)), ("status", entry.open ? "open" : "closed"),
      ]
      if !entry.activity.isEmpty { members.append(("activity", .string(entry.activity))) }
      if !entry.note.isEmpty { members.append(("note", .string(entry.note))) }
      return .object(members)
    }
    let message: OrderedJSON = [
      "mt": "PresenceUpdate", "src": .string(src), "api": "PbxApi", "presence": .array(list),
    ]
    let showing = user.person.map { PBXShown(person: $0, state: world.visibleState(guid: user.guid)) }
    return .send(message.text, showing: showing)
  }
}
