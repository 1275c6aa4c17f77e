// The accounts that were added while running, as the plugin's state keeps them; their secrets lie beside the list.

import FoundationEssentials

struct AddedAccounts: Codable, Sendable, Hashable {
  struct Entry: Codable, Sendable, Hashable {
    let name: String
    let signIn: ReadOptions.AccountSignIn
    enum CodingKeys: String, CodingKey {
      case name
      case signIn = "sign_in"
    }
  }
  static let stateName = "accounts"

  var accounts: [Entry] = []

  init() {}
  /// What cannot be read counts as nothing.
  init(_ bytes: [UInt8]?) {
    self = bytes.flatMap { try? JSONDecoder().decode(AddedAccounts.self, from: Data($0)) } ?? AddedAccounts()
  }
  /// Nil when there is nothing to keep.
  var bytes: [UInt8]? { accounts.isEmpty ? nil : (try? JSONEncoder().encode(self)).map { [UInt8]($0) } }

  mutating func put(_ name: String, _ signIn: ReadOptions.AccountSignIn) {
    remove(name)
    accounts.append(Entry(name: name, signIn: signIn))
  }
  mutating func remove(_ name: String) { accounts.removeAll { sameAccount($0.name, name) } }
}

/// User principal names do not distinguish case.
func sameAccount(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }
