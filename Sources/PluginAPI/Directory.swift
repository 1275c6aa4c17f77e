// Who a plugin knows: users with the identities by which the core matches them across plugins.

/// An account inside one plugin, by its immutable id there (Graph object id, PBX guid). Opaque to everyone else.
public struct UserID: RawRepresentable, Sendable, Hashable, Codable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }
  public var description: String { rawValue }
  public static func < (a: UserID, b: UserID) -> Bool { a.rawValue < b.rawValue }
}

/// By what a user can be recognised in another system.
public enum IdentityKind: String, Sendable, Hashable, Codable, CaseIterable {
  case email, upn, sip, number, name
}

public struct Identity: Sendable, Hashable, Codable {
  public let kind: IdentityKind
  /// Compared without regard to case.
  public let value: String
  public init(_ kind: IdentityKind, _ value: String) {
    self.kind = kind
    self.value = value
  }
}

public struct DirectoryUser: Sendable, Hashable {
  public enum Standing: Sendable, Hashable {
    case active
    /// Known, but without what the plugin needs to serve them; `reason` is shown to the administrator.
    case unlicensed(reason: String)
    case excluded(reason: String)
  }
  public let id: UserID
  public var displayName: String
  public var identities: [Identity]
  /// Names of the groups the user is in, for the filters of routes.
  public var groups: [String]
  public var standing: Standing

  public init(
    id: UserID, displayName: String, identities: [Identity], groups: [String] = [],
    standing: Standing = .active
  ) {
    self.id = id
    self.displayName = displayName
    self.identities = identities
    self.groups = groups
    self.standing = standing
  }
}

public enum DirectoryChange: Sendable {
  /// The whole directory; whoever is missing has left.
  case snapshot([DirectoryUser])
  case upsert([DirectoryUser])
  case remove([UserID])
}

/// Where a `DirectoryProvider` publishes to. The first change must be a `snapshot`.
public protocol DirectoryInlet: Sendable {
  func publish(_ change: DirectoryChange) async
}
