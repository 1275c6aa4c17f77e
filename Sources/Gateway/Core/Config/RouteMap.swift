// A route's `map:`: what one system's words become on their way to the other.

import PluginAPI

/// Words of availability, activity and call state, each with what it becomes.
///
/// The status (availability with activity) is looked up by its activity, then by its availability. A call is looked
/// up apart from it: by its own word (`ringing`, `connected`, `onHold`), then as `inCall`, which means any
/// call that was answered. What is not in the map passes unchanged.
public struct RouteMap: Sendable, Hashable {
  /// What a word becomes.
  enum Target: Sendable, Hashable {
    case status(Availability, Activity?)
    case call(CallState, Activity)
    case ignore
  }

  static let ignoreWord = "ignore"
  /// Every word that may stand on the left; on the right `ignore` may stand too.
  public static let words =
    Availability.allCases.map(\.rawValue) + Activity.wellKnown.map(\.rawValue)
    + CallState.allCases.filter { $0 != .none }.map(\.rawValue)

  private var activities: [Activity: Target] = [:]
  private var availabilities: [Availability: Target] = [:]
  private var calls: [CallState: Target] = [:]

  /// Changes nothing.
  public init() {}

  /// Nil when a word is none of `words`.
  public init?(_ map: [String: String]) {
    for (word, becomes) in map {
      guard Self.words.contains(word), let target = Self.target(becomes) else { return nil }
      set(word, target)
    }
  }

  /// One word alone.
  init(_ word: String, _ target: Target) { set(word, target) }

  /// In the order of their words.
  var entries: [(word: String, target: Target)] {
    let all =
      activities.map { ($0.key.rawValue, $0.value) } + availabilities.map { ($0.key.rawValue, $0.value) }
      + calls.map { ($0.key.rawValue, $0.value) }
    return all.sorted { $0.0 < $1.0 }
  }

  public var isEmpty: Bool { activities.isEmpty && availabilities.isEmpty && calls.isEmpty }

  private mutating func set(_ word: String, _ target: Target) {
    if let availability = Availability(rawValue: word) {
      availabilities[availability] = target
    } else if let call = CallState(rawValue: word) {
      calls[call] = target
    } else {
      activities[Activity(rawValue: word)] = target
    }
  }

  /// A word with the availability that belongs to it.
  static func target(_ word: String) -> Target? {
    if word == ignoreWord { return .ignore }
    if let availability = Availability(rawValue: word) { return .status(availability, nil) }
    if let call = CallState(rawValue: word) { return call == .none ? nil : .call(call, .inCall) }
    let activity = Activity(rawValue: word)
    guard Activity.wellKnown.contains(activity) else { return nil }
    switch activity {
    case .inCall, .inConferenceCall: return .call(.connected, activity)
    case .inMeeting, .appointment: return .status(.busy, activity)
    case .presenting, .focusing, .urgentOnly: return .status(.doNotDisturb, activity)
    case .offWork: return .status(.offline, activity)
    default: return .status(.away, activity)
    }
  }

  public func apply(_ presence: Presence) -> Presence {
    if isEmpty { return presence }
    var out = presence
    let status = presence.activity.flatMap { activities[$0] } ?? availabilities[presence.availability]
    switch status {
    case nil: break
    case .ignore: (out.availability, out.activity) = (.available, nil)
    case .status(let availability, let activity): (out.availability, out.activity) = (availability, activity)
    case .call(let call, let activity):
      (out.availability, out.activity) = (.busy, activity)
      if out.call == .none { out.call = call }
    }
    switch target(of: presence.call) {
    case nil: break
    case .ignore: out.call = .none
    case .call(let call, _): out.call = call
    case .status(let availability, let activity):
      out.call = .none
      // A call that becomes "busy" must not lift a do-not-disturb.
      if availability.reach <= out.availability.reach {
        (out.availability, out.activity) = (availability, activity)
      }
    }
    return out
  }

  private func target(of call: CallState) -> Target? {
    guard call != .none else { return nil }
    return calls[call] ?? (call == .ringing ? nil : activities[.inCall])
  }
}

extension Availability {
  /// How well somebody can be reached, for comparison alone.
  fileprivate var reach: Int {
    switch self {
    case .doNotDisturb: 0
    case .busy: 1
    case .away: 2
    case .available: 3
    case .offline: 4
    case .unknown: 5
    }
  }
}

extension RouteMap {
  static func read(_ section: ConfigSection) -> RouteMap {
    let key = "map"
    let map = section.dictionary(
      key, "What words become on this route, such as { lunch: beRightBack }; ignore leaves one out")
    var result = RouteMap()
    for (word, becomes) in map.sorted(by: { $0.key < $1.key }) {
      let option = "\(key).\(word)"
      if !words.contains(word) {
        section.reject(option, "\"\(word)\" is no word of presence\(near(word, in: words))")
      } else if let target = target(becomes) {
        result.set(word, target)
      } else {
        let hint = near(becomes, in: words + [ignoreWord])
        section.reject(option, "must become a word of presence, or ignore, is \(becomes)\(hint)")
      }
    }
    return result
  }
}
