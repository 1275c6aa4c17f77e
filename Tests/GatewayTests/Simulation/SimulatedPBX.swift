// A PBX: what we write is a contact and an alien call of our own, and is never reported back.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

final class SimulatedPBX: SimulatedSystem {
  private struct User {
    var own = Presence.available
    var contact = Availability.available
    var hasAlienCall = false
  }
  private var users: [User]

  init(people: Int) { users = .init(repeating: User(), count: people) }

  static let isPolled = false
  static func held(for presence: Presence) -> Presence { .parts(of: presence) }
  static func echoes(of held: Presence) -> [Presence] { [] }

  func reported(_ user: Int) -> Presence { users[user].own }
  func ours(_ user: Int) -> Presence? {
    let ours = Presence(users[user].contact, call: users[user].hasAlienCall ? .connected : .none)
    return ours == .available ? nil : ours
  }
  func isOverridden(_ user: Int) -> Bool { false }

  func act(_ user: Int, _ random: inout SplitMix64, at now: Moment) -> String {
    let states = [
      .available, .busy, .doNotDisturb, .away, Presence(.away, .lunch), .calling,
      Presence(.doNotDisturb, call: .connected),
    ]
    users[user].own = random.pick(states)
    return "own \(users[user].own.availability) \(users[user].own.call)"
  }
  func rest(_ user: Int) { users[user].own = .available }

  func apply(_ update: PresenceUpdate, to user: Int, at now: Moment) -> Duration? {
    let (old, new) = (update.previous ?? .available, update.presence ?? .available)
    if update.cause == .repair || new.availability != old.availability {
      users[user].contact = new.availability
    }
    if update.cause == .repair || new.call != old.call { users[user].hasAlienCall = new.call != .none }
    return nil
  }
  func expire(_ user: Int, at now: Moment) -> Moment? { nil }

  /// The connection is gone, and with it every alien call.
  func disconnect() {
    for user in users.indices { users[user].hasAlienCall = false }
  }
}
