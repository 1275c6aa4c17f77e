// For a plugin that signs in to its system with accounts: what the admin page lists, adds and removes.

import FoundationEssentials

public struct AccountStatus: Sendable, Hashable {
  public enum Origin: String, Sendable, Hashable {
    /// From `plugins.yaml`; cannot be edited elsewhere.
    case configuration
    /// Added at run time, kept encrypted in the state store.
    case added
  }
  public var name: String
  public var origin: Origin
  public var signIn: Check.State
  /// How many people it carries now.
  public var people: Int
  public var tokenExpires: Date?
  public var subscriptionExpires: Date?

  public init(
    name: String, origin: Origin, signIn: Check.State, people: Int = 0, tokenExpires: Date? = nil,
    subscriptionExpires: Date? = nil
  ) {
    self.name = name
    self.origin = origin
    self.signIn = signIn
    self.people = people
    self.tokenExpires = tokenExpires
    self.subscriptionExpires = subscriptionExpires
  }
}

/// What a person has to do elsewhere to finish a sign-in (RFC 8628).
public struct SignInPrompt: Sendable, Hashable {
  public var code: String
  public var url: String
  /// The system's own words for it.
  public var message: String
  public var expires: Date
  public init(code: String, url: String, message: String, expires: Date) {
    self.code = code
    self.url = url
    self.message = message
    self.expires = expires
  }
}

public protocol AccountHolding: Plugin {
  func accounts() async -> [AccountStatus]
  /// Adds the account or replaces its password, after a sign-in with it has worked. The failure says why not.
  func addAccount(_ name: String, password: String) async throws(PluginFailure)
  /// Adds the account, or renews its sign-in, by a code that somebody types elsewhere. Returns when that is done.
  func addAccount(_ name: String, prompt: @escaping @Sendable (SignInPrompt) async -> Void)
    async throws(PluginFailure)
  /// Only for accounts of origin `added`.
  func removeAccount(_ name: String) async throws(PluginFailure)
}
