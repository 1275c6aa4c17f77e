// A whole connector in one file: a bulletin board that shows who is busy. CONTRIBUTING.md quotes it.

import PluginAPI

public actor BulletinConnector: DirectoryProvider, PresenceSink {
  public static let type = "bulletin"
  public static let summary = "Shows presence on a board in memory (an example)"

  private let members: [String]
  private let context: PluginContext
  private(set) var board: [UserID: Presence] = [:]

  public init(config: ConfigSection, context: PluginContext) {
    members = config.strings("members", "e-mail addresses of the people on the board")
    self.context = context
  }

  public func publishDirectory(to directory: any DirectoryInlet) async throws {
    let users = members.map {
      DirectoryUser(id: UserID($0), displayName: $0, identities: [Identity(.email, $0)])
    }
    await directory.publish(.snapshot(users))
    context.health.report(Check("members", .ok(detail: "\(users.count) members")))
  }

  public nonisolated var deliveryLimits: Limits { Limits(maxBatch: 20, maxInFlight: 1) }

  /// The board knows availability only, so that is all it is ever asked to hold.
  public nonisolated func held(for presence: Presence) -> Presence { Presence(presence.availability) }
  /// It reports nothing back.
  public nonisolated func echoes(of held: Presence) -> [Presence] { [] }

  public func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] {
    batch.map { update in
      guard members.contains(update.user.rawValue) else { return .rejected(reason: "not a member") }
      board[update.user] = update.presence
      return .delivered(lease: nil)
    }
  }
}
