// A route or a person that an administrator has put on hold, and what the sinks show meanwhile.

import FoundationEssentials
import PluginAPI

/// A value that can be stored: after a restart it is given to the engine again.
public struct Pause: Sendable, Hashable, Codable {
  public enum Target: Sendable, Hashable, Codable {
    /// By the ids of the plugins.
    case route(from: String, to: String)
    /// By any one of the person's users: all routes, for this person alone.
    case person(plugin: String, user: UserID)
  }
  public enum Meanwhile: String, Sendable, Hashable, Codable, CaseIterable {
    /// What is shown stays, and is kept alive; what sources say is noted, and passed on at the end. After a restart
    /// that is what the store knows, until its lease runs out.
    case keep
    /// What we made the sinks show is taken back, as if the sources had never spoken.
    case clear
  }
  /// One that ends by itself.
  public static let longest = Duration.seconds(366 * 86_400)

  public var target: Target
  public var meanwhile: Meanwhile
  /// Nil: until it is resumed.
  public var until: Date?
  /// Why, in the administrator's words.
  public var reason: String?

  public init(_ target: Target, meanwhile: Meanwhile = .keep, until: Date? = nil, reason: String? = nil) {
    self.target = target
    self.meanwhile = meanwhile
    self.until = until
    self.reason = reason
  }
}
