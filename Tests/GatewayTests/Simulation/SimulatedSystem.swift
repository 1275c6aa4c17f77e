// What the simulation needs of a system that is source and sink at once.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

protocol SimulatedSystem: AnyObject, SendableMetatype {
  /// The pure side of its connector.
  static func held(for presence: Presence) -> Presence
  static func echoes(of held: Presence) -> [Presence]
  /// Whether people are asked about, besides what it reports by itself.
  static var isPolled: Bool { get }

  /// What the system reports about the user, as a source.
  func reported(_ user: Int) -> Presence
  /// What it holds of ours; nil: nothing.
  func ours(_ user: Int) -> Presence?
  /// Whether the person has put aside what we wrote last.
  func isOverridden(_ user: Int) -> Bool
  /// The person does something; returns what, for the story.
  func act(_ user: Int, _ random: inout SplitMix64, at now: Moment) -> String
  /// The person becomes reachable, with nothing else to say.
  func rest(_ user: Int)
  /// The connector carries out an update; returns the lease, or nil when it lives until it is changed.
  func apply(_ update: PresenceUpdate, to user: Int, at now: Moment) -> Duration?
  /// Ends what has run out, and says when the next thing does.
  func expire(_ user: Int, at now: Moment) -> Moment?
}

extension Presence {
  /// Calls are a part of their own; what only says "in a call" is no availability.
  fileprivate var withoutPhone: Availability { activity == .inCall ? .available : availability }

  static func parts(of presence: Presence) -> Presence {
    let call: CallState = presence.call == .connected ? .connected : .none
    switch presence.withoutPhone {
    case .offline, .unknown: return Presence(.available, call: call)
    case let availability: return Presence(availability, call: call)
    }
  }
}
