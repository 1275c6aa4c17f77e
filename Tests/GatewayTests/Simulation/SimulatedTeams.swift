// Teams by Microsoft's rules: a preferred presence wins, otherwise the busiest session, and nothing tells who
// set it.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

final class SimulatedTeams: SimulatedSystem {
  private struct Own {
    var value: Presence
    var ends: Moment
  }
  private struct User {
    var session = Presence.available
    var preferred: Own?
    var isPreferredOurs = false
    var isOverridden = false
    var ourSession: Own?
  }
  private static let callLease = Duration.seconds(120)
  private static let preferredLease = Duration.seconds(400)
  private var users: [User]
  private let maySetByHand: Bool

  /// `maySetByHand`: people also choose a presence by hand, which overwrites ours.
  init(people: Int, maySetByHand: Bool) {
    users = .init(repeating: User(), count: people)
    self.maySetByHand = maySetByHand
  }

  static let isPolled = true
  static func held(for presence: Presence) -> Presence { .parts(of: presence) }
  static func echoes(of held: Presence) -> [Presence] {
    var shown: [Presence] = []
    if held.availability != .available { shown.append(Presence(held.availability)) }
    if held.call != .none { shown.append(.calling) }
    return shown
  }

  func reported(_ user: Int) -> Presence {
    let user = users[user]
    if let preferred = user.preferred { return preferred.value }
    guard let ours = user.ourSession else { return user.session }
    return Self.rank(user.session) > Self.rank(ours.value) ? user.session : ours.value
  }
  private static func rank(_ presence: Presence) -> Int {
    switch presence.availability {
    case .doNotDisturb: 3
    case .busy: 2
    case .available: 1
    default: 0
    }
  }

  func ours(_ user: Int) -> Presence? {
    let user = users[user]
    let preferred = user.isPreferredOurs ? user.preferred?.value.availability : nil
    let ours = Presence(preferred ?? .available, call: user.ourSession == nil ? .none : .connected)
    return ours == .available ? nil : ours
  }
  func isOverridden(_ user: Int) -> Bool { users[user].isOverridden }

  func act(_ user: Int, _ random: inout SplitMix64, at now: Moment) -> String {
    if maySetByHand, random.chance(0.12) {
      let choice = random.pick([nil, Presence.busy, .doNotDisturb, .away, .available])
      users[user].preferred = choice.map { Own(value: $0, ends: now + .seconds(86400)) }
      users[user].isPreferredOurs = false
      users[user].isOverridden = true
      return choice.map { "chooses \($0.availability) by hand" } ?? "resets the status by hand"
    }
    let states = [
      .available, .away, Presence(.busy, .inMeeting), Presence(.doNotDisturb, .presenting), .calling, .busy,
    ]
    users[user].session = random.pick(states)
    return "session \(users[user].session.availability) \(users[user].session.activity?.rawValue ?? "")"
  }
  func rest(_ user: Int) { users[user].session = .available }

  func apply(_ update: PresenceUpdate, to user: Int, at now: Moment) -> Duration? {
    let (old, new) = (update.previous ?? .available, update.presence ?? .available)
    let isEverything = update.cause == .repair || update.cause == .refresh
    if new.availability != .available {
      if isEverything || new.availability != old.availability {
        users[user].preferred = Own(value: Presence(new.availability), ends: now + Self.preferredLease)
        users[user].isPreferredOurs = true
        users[user].isOverridden = false
      }
    } else if update.cause == .repair || old.availability != .available {
      users[user].preferred = nil
      users[user].isPreferredOurs = false
      users[user].isOverridden = false
    }
    if new.call != .none {
      if isEverything || old.call == .none {
        users[user].ourSession = Own(value: .calling, ends: now + Self.callLease)
      }
    } else if update.cause == .repair || old.call != .none {
      users[user].ourSession = nil
    }
    // The life of the part that ends first.
    let ends = [new.availability == .available ? nil : users[user].preferred, users[user].ourSession]
    return ends.compactMap { $0?.ends }.min().map { $0 - now }
  }

  func expire(_ user: Int, at now: Moment) -> Moment? {
    if let ends = users[user].preferred?.ends, ends <= now { users[user].preferred = nil }
    if let ends = users[user].ourSession?.ends, ends <= now { users[user].ourSession = nil }
    return [users[user].preferred, users[user].ourSession].compactMap { $0?.ends }.min()
  }
}
