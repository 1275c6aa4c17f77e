// A pause in the API's words, and what somebody who wants one says.

import FoundationEssentials
import PluginAPI

struct PauseJSON: Encodable {
  struct Route: Encodable {
    let from: String
    let to: String
  }
  struct Person: Encodable {
    let plugin: String
    let user: String
    let name: String
  }
  /// One of the two.
  var route: Route?
  var person: Person?
  let meanwhile: Pause.Meanwhile
  /// Nil: until it is resumed.
  let until: Date?
  let reason: String?

  /// `name` is the person's.
  init(_ pause: Pause, name: String = "") {
    switch pause.target {
    case .route(let from, let to): route = Route(from: from, to: to)
    case .person(let plugin, let user): person = Person(plugin: plugin, user: user.rawValue, name: name)
    }
    meanwhile = pause.meanwhile
    until = pause.until
    reason = pause.reason
  }
}

struct PauseWish: Decodable {
  /// From now on; nil: until it is resumed.
  let minutes: Int?
  let meanwhile: Pause.Meanwhile?
  let reason: String?

  func pause(of target: Pause.Target, now: Date) throws(APIProblem) -> Pause {
    let longest = Int(Pause.longest.inSeconds) / 60
    if let minutes, !(1...longest).contains(minutes) {
      throw APIProblem(400, "minutes is \(minutes)", "It must be 1…\(longest), or left out.")
    }
    if let reason, reason.unicodeScalars.count > 200 {
      throw APIProblem(400, "the reason is too long", "Use at most 200 characters.")
    }
    let reason = reason.map { printable($0) }
    return Pause(
      target, meanwhile: meanwhile ?? .keep, until: minutes.map { now + Double($0) * 60 },
      reason: reason == "" ? nil : reason)
  }
}
