// RCC: every call of the desk phones for an App object that asks for `calls`; single users were not given to it.

extension PBXSession {
  mutating func rcc(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    guard request.mt == "Initialize" else { return [] }
    guard request.calls == true else { return Self.refusal(request, "no users have access to this app") }
    callsSource = request.src ?? ""
    let homed = world.users.values.filter { $0.loc == settings.name }.sorted { $0.guid < $1.guid }
    let infos = homed.map { user in
      rccMessage(
        "UserInfo", world,
        [
          ("guid", .string(user.guid)), ("cn", .string(user.cn)), ("dn", .string(user.dn)),
          ("h323", .string(user.sip)), ("e164", .string(user.number)), ("pbx", .string(user.loc)),
        ])
    }
    return infos + [Self.message("InitializeResult", src: request.src, api: "RCC")]
      + homed.flatMap { tellCall(.phone(guid: $0.guid), world: world) }
  }

  /// What the reader of calls hears of a desk phone.
  mutating func tellCall(_ change: PBXChange, world: PBXWorld) -> [PBXEffect] {
    guard callsSource != nil else { return [] }
    switch change {
    case .phone(let guid):
      guard let user = world.user(guid: guid), user.loc == settings.name else { return [] }
      return tell(user, world)
    case .removed(let user): return end(user.guid, world)
    case .presence, .visibility, .added, .updated: return []
    }
  }

  private mutating func tell(_ user: PBXUser, _ world: PBXWorld) -> [PBXEffect] {
    if user.phone == .idle { return end(user.guid, world) }
    guard let told = toldCalls[user.guid] else {
      lastCall += 1
      toldCalls[user.guid] = ToldCall(id: lastCall, phone: user.phone)
      return [
        rccMessage(
          "CallAdd", world,
          [
            ("guid", .string(user.guid)), ("cn", .string(user.cn)), ("call", .number(lastCall)),
            ("state", .number(Self.state(user.phone))),
          ])
      ]
    }
    guard told.phone != user.phone else { return [] }
    toldCalls[user.guid]?.phone = user.phone
    let event: String
    switch (told.phone, user.phone) {
    case (_, .ringing): event = "r-alert"
    case (_, .held): event = "r-hold"
    case (.held, _): event = "r-retrieve"
    default: event = "r-conn"
    }
    return [
      rccMessage(
        "CallUpdate", world,
        [("call", .number(told.id)), ("msg", .string(event)), ("local", ["h323": .string(user.sip)])])
    ]
  }

  private mutating func end(_ guid: String, _ world: PBXWorld) -> [PBXEffect] {
    toldCalls.removeValue(forKey: guid).map {
      [rccMessage(world.variant.callEnd, world, [("call", .number($0.id))])]
    } ?? []
  }

  /// A call to the phone is an outgoing one (128) as the PBX sees it.
  private static func state(_ phone: PBXUser.DeskPhone) -> Int {
    switch phone {
    case .idle: 0
    case .ringing: 128 + 4
    case .connected: 128 + 5
    case .held: 128 + 256 + 5
    }
  }

  private func rccMessage(
    _ mt: String, _ world: PBXWorld, _ payload: [(name: String, value: OrderedJSON)]
  ) -> PBXEffect {
    let source = world.variant.indicationsHaveSource ? callsSource : nil
    return Self.message(mt, src: source.flatMap { $0.isEmpty ? nil : $0 }, api: "RCC", payload)
  }
}
