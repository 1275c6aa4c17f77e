// Everything the gateway knows about one person at one moment, as a value: for `explain`, the API and the admin page.

import FoundationEssentials
import PluginAPI

public struct PersonStory: Sendable, Codable, Equatable {
  /// When it was told.
  public var at: Date
  public var name: String
  public var users: [User]
  public var sources: [Source] = []
  public var sinks: [Sink] = []
  public var pauses: [Pause] = []

  /// An account of the person in one plugin.
  public struct User: Sendable, Codable, Equatable {
    public var plugin: String
    public var id: UserID
    public var name: String
    /// `kind:value`.
    public var identities: [String]
    public var groups: [String]
    /// `matched`, or why not.
    public var standing: String
    /// What the plugin says about this user, as `topic: reason. remedy`.
    public var problems: [String] = []
  }

  public struct Source: Sendable, Codable, Equatable {
    public var plugin: String
    public var user: UserID
    /// What the person was last known to do there themselves; nil: not heard of yet.
    public var says: Presence?
    public var since: Date?
    public var heardAt: Date?
    public var echo: Echo?
    /// When the system is asked next, if it is asked at all.
    public var pollAt: Date?
  }
  /// The last report that was our own doing, or may have been.
  public struct Echo: Sendable, Codable, Equatable {
    /// Without the note, which is not compared.
    public var presence: Presence
    public var at: Date
    public var why: String
  }

  public struct Sink: Sendable, Codable, Equatable {
    public var plugin: String
    public var user: UserID
    public var routes: [Route]
    /// How several routes are merged.
    public var merge: String
    /// What the routes ask for together, in full; nil: nothing.
    public var requested: Presence?
    /// What of that the system can hold; nil: nothing of ours.
    public var effective: Presence?
    public var delivered: Presence?
    /// What it may show of ours because an answer was lost.
    public var doubtful: [Presence]
    public var state: String
    public var lastAnswer: Answer?
    public var leaseEnds: Date?
    public var refreshAt: Date?
    public var retryAt: Date?
  }
  public struct Route: Sendable, Codable, Equatable {
    public var from: String
    /// What is passed on now, mapped; nil: nothing.
    public var contributes: Presence?
    /// Why nothing is, or why it is not what the source says.
    public var remark: String?
    public var waiting: Presence?
    public var waitsUntil: Date?
  }
  public struct Answer: Sendable, Codable, Equatable {
    public var sentAt: Date
    public var at: Date
    public var outcome: String
    public var reason: String?
  }
}

/// What a search for one person finds.
public enum PersonSearch: Sendable, Equatable {
  case nobody
  /// Too many, by plugin, id and name; at most twenty are listed.
  case several([String])
  case one(PersonStory)
}
