// The accounts of the simulated tenant, with the history that delta queries tell.

import FoundationEssentials

public struct GraphUser: Sendable, Hashable {
  /// Object id: a lower-case GUID.
  public let id: String
  public var displayName: String
  public var userPrincipalName: String
  public var mail: String?
  public var isEnabled = true
  /// Whether a Teams service plan is assigned and enabled.
  public var isLicensed: Bool
  public var department: String?
  public var companyName: String?
  public var officeLocation: String?
  public var country: String?
  public var city: String?

  public init(
    id: String, displayName: String, userPrincipalName: String, mail: String? = nil, isLicensed: Bool = true
  ) {
    self.id = id.lowercased()
    self.displayName = displayName
    self.userPrincipalName = userPrincipalName
    self.mail = mail
    self.isLicensed = isLicensed
  }

  /// The service plan TEAMS1.
  static let teamsPlan = "57ff2da0-773e-42df-b2af-ffb7a2317929"
}

/// Users by index; an index is never used again.
struct GraphDirectory: Sendable {
  struct Entry: Sendable {
    var user: GraphUser
    var isRemoved = false
    /// The directory's version at which the entry last changed.
    var version: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var version = 0
  private var byID: [String: Int] = [:]
  private var byName: [String: Int] = [:]

  subscript(index: Int) -> GraphUser { entries[index].user }

  /// Nil when the id or the user principal name is taken.
  mutating func add(_ user: GraphUser) -> Int? {
    guard byID[user.id] == nil, byName[user.userPrincipalName.lowercased()] == nil else { return nil }
    version += 1
    entries.append(Entry(user: user, version: version))
    byID[user.id] = entries.count - 1
    byName[user.userPrincipalName.lowercased()] = entries.count - 1
    return entries.count - 1
  }

  /// By object id or user principal name, removed ones excluded.
  func index(of name: String) -> Int? {
    let key = name.lowercased()
    return byID[key] ?? byName[key]
  }

  mutating func remove(_ index: Int) {
    version += 1
    entries[index].isRemoved = true
    entries[index].version = version
    byID[entries[index].user.id] = nil
    byName[entries[index].user.userPrincipalName.lowercased()] = nil
  }

  mutating func modify(_ index: Int, _ body: (inout GraphUser) -> Void) {
    let old = entries[index].user
    body(&entries[index].user)
    guard entries[index].user != old, !entries[index].isRemoved else { return }
    version += 1
    entries[index].version = version
    byName[old.userPrincipalName.lowercased()] = nil
    byName[entries[index].user.userPrincipalName.lowercased()] = index
  }
}
