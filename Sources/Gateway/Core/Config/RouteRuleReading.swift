// How a route's `rules:` are read: conditions on every facet, and what becomes of the presence.

import PluginAPI

extension RouteRule {
  static let noneWord = "none"

  static func read(_ section: ConfigSection) -> [RouteRule] {
    section.sections(
      "rules", "Conditions, tried in this order; the first that fits decides, and map is for what none fits"
    ).compactMap { rule in
      let condition = Condition(reading: rule)
      let change = change(reading: rule)
      return condition.flatMap { when in change.map { RouteRule(when: when, then: $0) } }
    }
  }

  private static func change(reading rule: ConfigSection) -> Change? {
    let (key, meaning) = ("then", "What it becomes: a word of presence, ignore, or single facets")
    if rule.isScalar(key) {
      let word = rule.string(key, meaning)
      if let target = RouteMap.target(word) { return target == .ignore ? .ignore : .word(target) }
      let hint = near(word, in: RouteMap.words + [RouteMap.ignoreWord])
      rule.reject(key, "must be a word of presence, or ignore, is \(word)\(hint)")
      return nil
    }
    return Facets(reading: rule.section(key, meaning)).map { .facets($0) }
  }
}

extension RouteRule.Condition {
  fileprivate init?(reading rule: ConfigSection) {
    let when = rule.section("when", "What must be so, all of it; each facet a word or a list of words")
    let availability = when.words(
      "availability", "Words of availability", Availability.allCases.map(\.rawValue))
    let activity = when.words(
      "activity", "Words of activity, or none", Activity.wellKnown.map(\.rawValue) + [RouteRule.noneWord])
    let call = when.words("call", "Words of the call state, or none", CallState.allCases.map(\.rawValue))
    let note = when.words("note", "Patterns such as \"*lunch*\" for the note", nil)
    guard availability ?? activity ?? call ?? note != nil else {
      when.reject(nil, "needs at least one of availability, activity, call, note")
      return nil
    }
    self.availability = availability.map { Set($0.compactMap { Availability(rawValue: $0) }) }
    self.activity = activity.map { Set($0.map { $0 == RouteRule.noneWord ? nil : Activity(rawValue: $0) }) }
    self.call = call.map { Set($0.compactMap { CallState(rawValue: $0) }) }
    self.note = note.map { $0.map { GlobPattern($0) } }
  }
}

extension RouteRule.Facets {
  fileprivate init?(reading section: ConfigSection) {
    let ignore = RouteMap.ignoreWord
    var isEmpty = true
    func word(_ key: String, _ meaning: String, _ words: [String]) -> String? {
      guard let word = section.optionalString(key, meaning) else { return nil }
      isEmpty = false
      if words.contains(word) || word == ignore { return word }
      section.reject(
        key,
        "must be \(words.joined(separator: ", ")) or ignore, is \(word)\(near(word, in: words + [ignore]))")
      return nil
    }
    let availability = word(
      "availability", "An availability, or ignore: available", Availability.allCases.map(\.rawValue))
    let activity = word("activity", "An activity, or ignore: none", Activity.wellKnown.map(\.rawValue))
    let call = word("call", "A call state, or ignore: none", CallState.allCases.map(\.rawValue))
    let note = section.optionalString("note", "A text, or ignore: no note")
    self.availability = availability.map {
      $0 == ignore ? .available : Availability(rawValue: $0) ?? .available
    }
    self.activity = activity.map { $0 == ignore ? nil : Activity(rawValue: $0) }
    self.call = call.map { $0 == ignore ? .none : CallState(rawValue: $0) ?? .none }
    self.note = note.map { $0 == ignore ? nil : $0 }
    if isEmpty, note == nil {
      section.reject(nil, "needs at least one of availability, activity, call, note")
      return nil
    }
  }
}

extension ConfigSection {
  /// A word or a list of words, nil when nothing is written. Wrong ones are recorded and left out.
  fileprivate func words(_ key: String, _ meaning: String, _ allowed: [String]?) -> [String]? {
    if isScalar(key) {
      guard let word = optionalString(key, meaning) else { return nil }
      return check(word, key, allowed) ? [word] : []
    }
    let words = strings(key, meaning)
    if words.isEmpty { return nil }
    return words.enumerated().filter { check($1, "\(key)[\($0)]", allowed) }.map(\.element)
  }

  private func check(_ word: String, _ place: String, _ allowed: [String]?) -> Bool {
    guard let allowed, !allowed.contains(word) else { return true }
    reject(place, "must be \(allowed.joined(separator: ", ")), is \(word)\(near(word, in: allowed))")
    return false
  }
}
