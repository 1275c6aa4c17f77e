// Who of the PBX's users takes part, and the reason why somebody does not.

import PluginAPI

/// Whether users hidden from the PBX's directory take part. They have telephones like everybody else.
enum HiddenUsers: String, Sendable, CaseIterable {
  case include
  case leaveOut = "leave_out"
}

struct UserRules: Sendable, Hashable {
  var hidden = HiddenUsers.include
  /// Only members of one of these groups; empty: everybody. Compared without regard to case.
  var groups: [String] = []
  /// Only users with this licence, such as `App(innovaphone-microsoft365)`; nil: everybody.
  var license: String?

  func directoryUser(_ user: PBXUser) -> DirectoryUser {
    var identities = user.emails.map { Identity(.email, $0) }
    if !user.sip.isEmpty { identities.append(Identity(.sip, user.sip)) }
    if !user.number.isEmpty { identities.append(Identity(.number, user.number)) }
    identities.append(Identity(.name, user.displayName))
    return DirectoryUser(
      id: user.id, displayName: user.displayName, identities: identities, groups: user.groups,
      standing: standing(user))
  }

  func standing(_ user: PBXUser) -> DirectoryUser.Standing {
    if let reason = exclusion(user) { return .excluded(reason: reason) }
    guard let license else { return .active }
    switch user.licence {
    case .licensed?: return .active
    case .missing?: return .unlicensed(reason: "has no licence \(license) in the PBX")
    case .failed(let reason)?:
      return .unlicensed(reason: "the PBX does not tell about the licence \(license): \(reason)")
    case nil: return .unlicensed(reason: "the licence \(license) has not been looked up yet")
    }
  }

  /// Whether the licence decides: nobody else has to be asked about.
  func needsLicence(_ user: PBXUser) -> Bool { license != nil && exclusion(user) == nil }

  private func exclusion(_ user: PBXUser) -> String? {
    if !Replication.pseudoTypes.contains(user.kind) {
      return "is no user in the PBX but of type \(user.kind)"
    }
    if user.hidden, hidden == .leaveOut { return "hidden in the PBX, and hidden_users is leave_out" }
    if user.sip.isEmpty { return "has no SIP name in the PBX" }
    guard !groups.isEmpty else { return nil }
    let wanted = Set(groups.map { $0.lowercased() })
    if user.groups.contains(where: { wanted.contains($0.lowercased()) }) { return nil }
    return "is in none of the groups \(groups.joined(separator: ", "))"
  }
}
