// Tells what a route's mapping asks of a sink that the sink cannot show, and what makes no difference there.

import PluginAPI

/// Pure: by the sink's own `held(for:)`.
struct MappingLint {
  /// As the configuration calls the sink.
  let sink: String
  let held: (Presence) -> Presence

  struct Finding: Equatable {
    /// Below the route: `map`, `rules[0]`, `hours`.
    let section: String
    /// The option in it; nil: the section itself.
    let key: String?
    let text: String
  }

  func findings(_ route: GatewayConfig.Route) -> [Finding] {
    var findings: [Finding] = []
    for (word, target) in route.map.entries {
      guard let before = RouteMap.presence(of: RouteMap.target(word)) else { continue }
      let after = RouteMap(word, target).apply(before)
      if let text = idle(before, after) ?? loss(RouteMap.presence(of: target)) {
        findings.append(Finding(section: "map", key: word, text: text))
      }
    }
    for (number, rule) in route.rules.enumerated() {
      let sample = rule.when.sample
      let text =
        switch rule.then {
        case .ignore, .word(.ignore): nil as String?
        case .word(let target): loss(RouteMap.presence(of: target))
        case .facets(let facets): loss(of: facets, after: rule.apply(sample) ?? sample)
        }
      if let text = text ?? rule.apply(sample).flatMap({ idle(sample, $0) }) {
        findings.append(Finding(section: "rules[\(number)]", key: "then", text: text))
      }
    }
    if let hours = route.terms.hours, let text = loss(hours.outside) {
      findings.append(Finding(section: "hours", key: "outside", text: text))
    }
    return findings
  }

  /// What is said is the same there with and without the mapping.
  private func idle(_ before: Presence, _ after: Presence) -> String? {
    let shown = held(after)
    guard shown == held(before) else { return nil }
    let words = shown == .available ? "nothing of ours" : shown.inWords
    return "has no effect: \(sink) shows \(words) with and without it"
  }

  /// A call explains being busy, so only the call is asked for then.
  private func loss(_ wanted: Presence?) -> String? {
    guard let wanted, wanted != .available else { return nil }
    let shown = held(wanted)
    let isCall = wanted.activity == .inCall || wanted.activity == .inConferenceCall
    if isCall { return shown.call == .none ? cannot(wanted, shown) : nil }
    if wanted.call != .none, shown.call == .none { return cannot(wanted, shown) }
    let isSame = shown.availability == wanted.availability && shown.activity == wanted.activity
    return isSame ? nil : cannot(wanted, shown)
  }

  private func loss(of facets: RouteRule.Facets, after: Presence) -> String? {
    if let note = facets.note, note != nil, held(after).note == nil { return "\(sink) cannot show a note" }
    var wanted = Presence(facets.availability ?? .available)
    wanted.activity = facets.activity ?? nil
    wanted.call = facets.call ?? .none
    if facets.availability == nil, wanted.activity != nil { wanted.availability = after.availability }
    return loss(wanted)
  }

  private func cannot(_ wanted: Presence, _ shown: Presence) -> String {
    let words = shown == .available ? "nothing of ours" : "\(shown.inWords) instead"
    return "\(wanted.inWords) cannot be set in \(sink), which shows \(words)"
  }
}

extension RouteMap {
  /// A word's target as a presence; nil for `ignore`.
  static func presence(of target: Target?) -> Presence? {
    switch target {
    case .status(let availability, let activity): Presence(availability, activity)
    case .call(let call, let activity): Presence(.busy, activity, call: call)
    case .ignore, nil: nil
    }
  }
}

extension RouteRule.Condition {
  /// A presence that fits, as plain as it can be.
  fileprivate var sample: Presence {
    var sample = Presence(availability.flatMap { $0.min { $0.rawValue < $1.rawValue } } ?? .busy)
    sample.activity = activity?.compactMap { $0 }.min { $0.rawValue < $1.rawValue }
    if let activity, activity.contains(nil) { sample.activity = nil }
    sample.call = call?.min { $0.rawValue < $1.rawValue } ?? .none
    if let pattern = note?.first?.description {
      sample.note = Note(String(pattern.filter { $0 != "*" }.map { $0 == "?" ? "x" : $0 }))
    }
    return sample
  }
}
