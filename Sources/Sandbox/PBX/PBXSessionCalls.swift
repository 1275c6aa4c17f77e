// PbxImpersonation and the alien calls made through it.

extension PBXSession {
  mutating func impersonation(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    switch request.mt {
    case "CreateApi": return createAPI(request, world: world)
    case "DeleteApi": return deleteAPI(request, world: &world)
    default: return []
    }
  }

  private mutating func createAPI(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    guard request.target == "PbxApi" else { return Self.refusal(request, "target must be PbxApi") }
    guard let user = request.sip.flatMap({ world.user(sip: $0) }) else {
      return Self.refusal(request, "unknown user")
    }
    guard targets.count < Self.maxTargets else { return Self.refusal(request, "too many targets") }
    let target = "PbxApi.\(nextTarget)"
    nextTarget += 1
    targets[target] = user.guid
    return [
      Self.message(
        "CreateApiResult", src: request.src, api: "PbxImpersonation", [("target", .string(target))])
    ]
  }

  /// Ends the impersonation, and (inferred) the alien calls made through it.
  private mutating func deleteAPI(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    guard let target = request.target, let guid = targets.removeValue(forKey: target) else {
      return Self.refusal(request, "unknown target")
    }
    let dropped =
      targets.values.contains(guid) ? [] : world.dropAlienCalls(connection: connection, guid: guid)
    return [Self.message("DeleteApiResult", src: request.src, api: "PbxImpersonation", [("ok", true)])]
      + dropped.map { .changed($0) }
  }

  mutating func alienCall(_ request: PBXRequest, guid: String?, world: inout PBXWorld) -> [PBXEffect] {
    guard let guid, let user = world.user(guid: guid) else { return Self.refusal(request, "unknown user") }
    switch request.mt {
    case "AddAlienCall":
      guard user.loc == settings.name else {
        return Self.refusal(request, "the user is homed on another PBX")
      }
      guard user.alienCalls < 8, let id = world.addAlienCall(guid: guid, connection: connection) else {
        return Self.refusal(request, "too many alien calls")
      }
      return done(request, user, [("id", .number(id))])
    case "DelAlienCall":
      guard let id = request.id else { return Self.refusal(request, "id missing") }
      guard world.delAlienCall(id, guid: guid, connection: connection) else {
        return Self.refusal(request, "unknown call")
      }
      return done(request, user, [])
    case "SetPresence", "SubscribePresence", "UnsubscribePresence":
      return Self.refusal(request, "not simulated for an impersonated user")
    default: return []
    }
  }

  private func done(
    _ request: PBXRequest, _ user: PBXUser, _ payload: [(name: String, value: OrderedJSON)]
  ) -> [PBXEffect] {
    let accepted = user.person.map { PBXEffect.accepted(PBXShown(person: $0, state: request.mt)) }
    return (accepted.map { [$0] } ?? []) + [
      Self.message(request.mt + "Result", src: request.src, api: request.api ?? "", payload),
      .changed(.presence(guid: user.guid)),
    ]
  }
}
