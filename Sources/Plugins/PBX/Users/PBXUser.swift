// A user as the PBX's table describes them, and what the core gets to know of them.

import PluginAPI

struct PBXUser: Sendable, Hashable {
  let id: UserID
  /// The SIP name, `h323` in the PBX's words: by it the PBX is asked for presence.
  let sip: String
  let displayName: String
  let number: String
  /// Complete addresses, the first one first.
  let emails: [String]
  /// The name of the PBX the user lives on; empty when the row does not say.
  let home: String
  let hidden: Bool

  /// Nil for a row without a guid. `domain` completes e-mail entries without `@`.
  init?(_ row: UserRow, domain: String) {
    guard !row.guid.isEmpty else { return nil }
    id = UserID(row.guid)
    sip = row.h323
    displayName = [row.cn, row.dn, row.h323].first { !$0.isEmpty } ?? row.guid
    number = row.e164
    home = row.loc
    hidden = row.hide
    var emails: [String] = []
    let entries = (row.h323IsEmail ? [row.h323] : []) + row.emails
    for entry in entries.prefix(Self.maxEmails) where !entry.isEmpty {
      let address = entry.contains("@") ? entry : "\(entry)@\(domain)"
      if !emails.contains(address) { emails.append(address) }
    }
    self.emails = emails
  }
  private static let maxEmails = 32

  func directoryUser(hiddenUsers: HiddenUsers) -> DirectoryUser {
    var identities = emails.map { Identity(.email, $0) }
    if !sip.isEmpty { identities.append(Identity(.sip, sip)) }
    if !number.isEmpty { identities.append(Identity(.number, number)) }
    identities.append(Identity(.name, displayName))
    return DirectoryUser(
      id: id, displayName: displayName, identities: identities, standing: standing(hiddenUsers))
  }

  private func standing(_ hiddenUsers: HiddenUsers) -> DirectoryUser.Standing {
    if hidden, hiddenUsers == .leaveOut {
      return .excluded(reason: "hidden in the PBX, and hidden_users is leave_out")
    }
    if sip.isEmpty { return .excluded(reason: "has no SIP name in the PBX") }
    return .active
  }
}

/// Whether users hidden from the PBX's directory take part. They have telephones like everybody else.
enum HiddenUsers: String, Sendable, CaseIterable {
  case include
  case leaveOut = "leave_out"
}
