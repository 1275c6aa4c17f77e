// Why a single user's presence does not come, and what the administrator can do about it.

import PluginAPI

enum SubscriptionTrouble: Sendable, Hashable {
  /// The App object may not see the user.
  case unseen
  /// The PBX answered with an error.
  case refused(String)
  /// The PBX took the subscription back.
  case ended

  /// Visibility has a topic of its own: its remedy is always the same.
  var topic: String { self == .unseen ? Self.visibility : Self.subscription }
  static let visibility = "visibility"
  static let subscription = "subscription"

  /// - Parameter app: the App object's SIP name, in back quotes, or words for it.
  func problem(app: String) -> UserProblem {
    switch self {
    case .unseen:
      UserProblem(
        reason: "the PBX does not show this user's presence to the App object",
        remedy:
          "In the PBX open this user, or the user's config template, tab Visibility: add \(app) and tick visible, "
          + "online, presence and otf, and note if notes are wanted.")
    case .refused(let reason):
      UserProblem(
        reason: "the PBX refused SubscribePresence: \(reason)",
        remedy:
          "Check that the user's SIP name is right in the PBX and that PbxApi is ticked; it is tried again by itself."
      )
    case .ended:
      UserProblem(
        reason: "the PBX ended the presence subscription",
        remedy:
          "Check that the user still exists on this PBX and that \(app) is still in the Visibility tab; it is tried "
          + "again by itself.")
    }
  }
}
