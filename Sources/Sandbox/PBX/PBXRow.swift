// A user object as the columns of PbxTableUsers; defaults (false, empty) are left out as the PBX does.

enum PBXRow {
  static let columns: Set<String> = [
    "guid", "h323", "cn", "dn", "e164", "loc", "node", "hide", "h323-email", "config", "apps", "emails",
    "grps", "pseudo", "allows", "t-allows", "devices", "fax", "cfpr",
  ]

  static func json(_ user: PBXUser, columns: Set<String>, world: PBXWorld) -> OrderedJSON {
    var members: [(name: String, value: OrderedJSON)] = [
      ("cn", .string(user.cn)), ("config", "Config User"), ("dn", .string(user.dn)),
      ("e164", .string(user.number)),
      ("guid", .string(user.guid)), ("h323", .string(user.sip)), ("loc", .string(user.loc)), ("node", "root"),
      ("devices", [["hw": .string(user.sip), "text": "Desk phone"]]),
    ]
    switch user.mail {
    case .sipName: members.append(("h323-email", true))
    case .listed(let address): members.append(("emails", [["email": .string(address)]]))
    case .absent: break
    }
    if user.hidden { members.append(("hide", true)) }
    if !user.pseudo.isEmpty { members.append(("pseudo", .string(user.pseudo))) }
    if !user.groups.isEmpty {
      members.append(("grps", .array(user.groups.map { ["name": .string($0)] })))
    }
    if user.allowed {
      members.append(
        (
          "allows",
          [
            [
              "name": .string(world.app.sip), "visible": true, "online": true, "presence": true, "otf": true,
              "note": true,
            ]
          ]
        ))
    }
    return .object(members.filter { columns.contains($0.name) })
  }
}

extension PBXWorld {
  /// The address that the user's `Mail` stands for in this system.
  func address(of user: PBXUser) -> String? {
    switch user.mail {
    case .sipName: "\(user.sip)@\(domain)"
    case .listed(let text): text.contains("@") ? text : "\(text)@\(domain)"
    case .absent: nil
    }
  }
}
