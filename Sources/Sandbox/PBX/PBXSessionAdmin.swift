// PbxAdminApi as far as a presence gateway needs it: licences, whose visibility is missing, and App objects.

extension PBXSession {
  mutating func admin(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    switch request.mt {
    case "GetObject": return getObject(request, world: world)
    case "UpdateObject": return updateObject(request, world: &world)
    case "CheckAppLic":
      guard
        let user = request.guid.flatMap({ world.user(guid: $0) })
          ?? request.sip.flatMap({ world.user(sip: $0) })
      else { return Self.refusal(request, "unknown user") }
      guard let licence = request.lic, !licence.isEmpty else { return Self.refusal(request, "lic missing") }
      // Licence names head-match.
      let has = user.licences.contains { $0.hasPrefix(licence) }
      return [Self.message("CheckAppLicResult", src: request.src, api: "PbxAdminApi", [("ok", .bool(has))])]
    case "MonitorUnallowed":
      unallowedSource = request.src ?? ""
      let held = Set(subscriptions.values.filter { !$0.up }.map(\.guid)).sorted()
      return [Self.message("MonitorUnallowedResult", src: request.src, api: "PbxAdminApi")]
        + held.compactMap { world.user(guid: $0) }.flatMap { unallowed("Add", $0, world) }
    default: return []
    }
  }

  /// What the reader of the list of held up subscriptions hears.
  func unallowed(_ change: String, _ user: PBXUser, _ world: PBXWorld) -> [PBXEffect] {
    guard let source = unallowedSource else { return [] }
    let variant = world.variant
    return [
      Self.message(
        "MonitorUnallowed\(change)", src: source.isEmpty || !variant.indicationsHaveSource ? nil : source,
        api: "PbxAdminApi",
        [
          ("user", .string(variant.unallowedByGUID ? user.guid : user.sip)),
          ("srcs", [["name": .string(world.app.sip)]]),
        ])
    ]
  }
}
