// One of a route's `rules:`: under which conditions a presence becomes another.

import PluginAPI

struct RouteRule: Sendable, Hashable {
  /// What must be so; nil: anything.
  struct Condition: Sendable, Hashable {
    var availability: Set<Availability>?
    /// Nil inside: no activity.
    var activity: Set<Activity?>?
    var call: Set<CallState>?
    /// One of these; a presence without a note fits none.
    var note: [GlobPattern]?

    func fits(_ presence: Presence) -> Bool {
      if let availability, !availability.contains(presence.availability) { return false }
      if let activity, !activity.contains(presence.activity) { return false }
      if let call, !call.contains(presence.call) { return false }
      guard let note else { return true }
      guard let text = presence.note?.text else { return false }
      return note.contains { $0.matches(text) }
    }
  }

  enum Change: Sendable, Hashable {
    /// The person has nothing to say at all.
    case ignore
    /// A word and what belongs to it; call and note stay.
    case word(RouteMap.Target)
    case facets(Facets)
  }
  /// Facets that are nil stay as they are.
  struct Facets: Sendable, Hashable {
    var availability: Availability?
    var activity: Activity??
    var call: CallState?
    var note: String??
  }

  var when: Condition
  var then: Change

  /// What the presence becomes, or nil when the rule does not fit.
  func apply(_ presence: Presence) -> Presence? {
    guard when.fits(presence) else { return nil }
    var out = presence
    switch then {
    case .ignore, .word(.ignore): return .available
    case .word(.status(let availability, let activity)):
      (out.availability, out.activity) = (availability, activity)
    case .word(.call(let call, let activity)):
      (out.availability, out.activity, out.call) = (.busy, activity, call)
    case .facets(let facets):
      if let availability = facets.availability { out.availability = availability }
      if let activity = facets.activity { out.activity = activity }
      if let call = facets.call { out.call = call }
      if let note = facets.note { out.note = note.map { Note($0) } }
    }
    return out
  }
}
