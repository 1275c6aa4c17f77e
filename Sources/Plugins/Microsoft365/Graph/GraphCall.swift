// The calls of Microsoft Graph that the plugin makes, as it counts them and as their permissions are named.

enum GraphCall: String, Sendable, CaseIterable {
  case listUsers = "list_users"
  case userChanges = "user_changes"
  case listGroups = "list_groups"
  case listMembers = "list_members"
  case getPresences = "get_presences"
  case subscribe
  case renew
  case checkSubscription = "check_subscription"
  case subscribeToUsers = "subscribe_to_users"
  case unsubscribe
  case listSubscriptions = "list_subscriptions"
  case setPresence = "set_presence"
  case clearPresence = "clear_presence"
  case setPreferred = "set_preferred"
  case clearPreferred = "clear_preferred"
  case setStatusMessage = "set_status_message"
  /// One person's presence, by the application that writes.
  case getPresence = "get_presence"

  /// The Graph permission that the call needs.
  var permission: String {
    switch self {
    case .listUsers, .userChanges, .subscribeToUsers: "User.Read.All"
    case .listGroups, .listMembers: "GroupMember.Read.All"
    case .getPresences, .subscribe, .renew, .checkSubscription, .unsubscribe, .listSubscriptions:
      "Presence.Read.All"
    case .setPresence, .clearPresence, .setPreferred, .clearPreferred, .setStatusMessage, .getPresence:
      "Presence.ReadWrite.All"
    }
  }
}

/// One request to Graph; the token and the usual headers are added when it is sent.
struct GraphRequest: Sendable {
  var call: GraphCall
  var method: String
  /// A path below the version (`/users?…`), or a whole address that Graph gave us (`@odata.nextLink`).
  var target: String
  var headers: [(name: String, value: String)] = []
  /// JSON.
  var body: [UInt8]?
  /// Whether it only takes back what we made: that has a reserve in the budget.
  var takesBack = false
  var timeout: Duration = .seconds(20)
  var maxResponseBytes = 8 << 20
}
