// A user as the PBX's table describes them.

import PluginAPI

struct PBXUser: Sendable, Hashable, Codable {
  let id: UserID
  /// The SIP name, `h323` in the PBX's words: by it the PBX is asked for presence.
  let sip: String
  let displayName: String
  let number: String
  /// Complete addresses, the first one first.
  let emails: [String]
  let groups: [String]
  /// The name of the PBX the user lives on; empty when the row does not say.
  let home: String
  let hidden: Bool
  /// The kind of object; empty for a normal user.
  let kind: String
  /// The PBX's last answer about the licence; nil when it was never asked.
  var licence: LicenceAnswer?

  /// Nil for a row without a guid. `domain` completes e-mail entries without `@`.
  init?(_ row: UserRow, domain: String) {
    guard !row.guid.isEmpty else { return nil }
    id = UserID(row.guid)
    sip = row.h323
    displayName = [row.cn, row.dn, row.h323].first { !$0.isEmpty } ?? row.guid
    number = row.e164
    home = row.loc
    hidden = row.hide
    kind = row.pseudo
    groups = Array(row.groups.prefix(Self.maxGroups))
    var emails: [String] = []
    let entries = (row.h323IsEmail ? [row.h323] : []) + row.emails
    for entry in entries.prefix(Self.maxEmails) where !entry.isEmpty {
      let address = entry.contains("@") ? entry : "\(entry)@\(domain)"
      if !emails.contains(address) { emails.append(address) }
    }
    self.emails = emails
  }
  private static let maxEmails = 32
  private static let maxGroups = 64
}
