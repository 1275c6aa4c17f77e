// How a route reads its filters, its working hours and its patience.

import PluginAPI

/// What a route lets through: for whom, when, and how patiently.
struct RouteTerms: Sendable, Hashable {
  var only: PeopleFilter?
  var except: PeopleFilter?
  var hours: WorkingHours?
  var hold: Duration = .zero
  var minInterval: Duration = .zero
}

extension RouteTerms {
  init(reading section: ConfigSection) {
    only = Self.filter(section, "only", "The people this route is for; everybody when it is left out")
    except = Self.filter(section, "except", "People this route leaves out")
    hours = section.optionalSection("hours", "When this route passes presence on; always when it is left out")
      .flatMap(WorkingHours.init(reading:))
    hold = section.duration(
      "hold", default: .zero, in: .zero ... .seconds(3600),
      "How long a state must last before it is passed on; after four times as long the newest is")
    minInterval = section.duration(
      "min_interval", default: .zero, in: .zero ... .seconds(3600),
      "The shortest time between two states of one person that are passed on")
  }

  private static func filter(_ section: ConfigSection, _ key: String, _ meaning: String) -> PeopleFilter? {
    guard let filter = section.optionalSection(key, meaning) else { return nil }
    let groups = filter.strings("groups", "Names of groups, as the systems' directories have them")
    let people = filter.strings(
      "people", "Patterns such as \"*@sales.example.com\", for ids, addresses, numbers and names")
    if groups.isEmpty && people.isEmpty { section.reject(key, "needs groups or people") }
    return PeopleFilter(groups: groups, people: people)
  }
}

extension WorkingHours {
  /// Nil when something is wrong, which is recorded.
  init?(reading section: ConfigSection) {
    let daysText = section.string("days", default: "mon-fri", "Such as mon-fri or mon,wed,sat-sun")
    let fromText = section.string("from", default: "08:00", "Local time of the zone")
    let toText = section.string("to", default: "18:00", "Local time; earlier than from: on the next day")
    let zoneText = section.string("zone", "A time zone such as Europe/Berlin")
    let outsideText = section.string(
      "outside", default: RouteMap.ignoreWord,
      "What is said at other times: ignore (nothing), or a word of presence")
    let days = Self.days(daysText)
    if days == nil {
      section.reject("days", "must be days such as mon-fri or mon,wed,sat-sun, is \(daysText)")
    }
    func minutes(_ key: String, _ text: String) -> Int? {
      let minutes = Self.minutes(text)
      if minutes == nil { section.reject(key, "must be a time of day such as 08:00, is \(text)") }
      return minutes
    }
    let (from, to) = (minutes("from", fromText), minutes("to", toText))
    if let from, from == to { section.reject("to", "must not be the same as from, is \(toText)") }
    var zone: TimeZoneRules?
    if !zoneText.isEmpty {
      do throws(TimeZoneRules.Unusable) { zone = try TimeZoneRules(named: zoneText) } catch {
        section.reject("zone", "\(error)")
      }
    }
    var outside: Presence?
    switch RouteMap.target(outsideText) {
    case .status(let availability, let activity): outside = Presence(availability, activity)
    case .call(let call, let activity): outside = Presence(.busy, activity, call: call)
    case .ignore: break
    case nil:
      let words = RouteMap.words + [RouteMap.ignoreWord]
      section.reject(
        "outside", "must be a word of presence, or ignore, is \(outsideText)\(near(outsideText, in: words))")
    }
    guard let days, let from, let to, from != to, let zone else { return nil }
    self.init(days: days, from: from, to: to, zone: zone, outside: outside)
  }
}
