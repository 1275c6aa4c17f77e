// What can be made to go wrong in the simulated tenant while it runs.

/// A part of the service.
public enum GraphArea: String, Sendable, Hashable, CaseIterable { case login, users, presence, subscriptions }

public enum GraphFault: Sendable, Hashable {
  /// The next requests (of one area, or of any) are answered with this status, such as 503 or 429.
  case fail(next: Int, status: Int, retryAfter: Double? = nil, area: GraphArea? = nil)
  /// They are never answered.
  case hang(next: Int, area: GraphArea? = nil)
  /// Their connection is reset.
  case reset(next: Int, area: GraphArea? = nil)
  /// The next notifications are lost, sent twice, or overtaken by the following one of their connection.
  case dropNotifications(next: Int)
  case duplicateNotifications(next: Int)
  case reorderNotifications(next: Int)
  /// The account may no longer sign in by password alone (AADSTS50076).
  case requireMFA(username: String)
  /// The account cannot sign in, by whatever way, until nil lifts it.
  case refuseAccount(username: String, AccountRefusal?)
  /// The account's refresh tokens issued so far are dead (AADSTS50173).
  case revokeRefreshTokens(username: String)
  /// The application's secret has expired (AADSTS7000222).
  case expireSecret(app: String)
  /// It has a new one; the former is wrong.
  case replaceSecret(app: String, secret: String)
  /// The account is disabled: its tokens and sign-ins are refused (AADSTS50057) and its subscriptions end.
  case disableAccount(username: String)
  case enableAccount(username: String)
  /// All links to changes of users handed out so far are too old (410).
  case expireDeltaLinks
  /// Every access token issued so far is refused.
  case revokeTokens
  /// All subscriptions end without a word. While they stay booked, creating another is refused (403).
  case killSubscriptions(staysBooked: Bool = false)
  /// Notifications are signed by a new key from now on; both are published.
  case rotateSigningKey
}

/// The faults that wait for their request or notification.
struct PendingFaults: Sendable {
  enum RequestFault: Sendable {
    case fail(status: Int, retryAfter: Double?)
    case hang, reset
  }
  enum NotificationFault: Sendable { case drop, duplicate, reorder }

  private var requests: [(fault: RequestFault, area: GraphArea?, left: Int)] = []
  private var notifications: [(fault: NotificationFault, left: Int)] = []

  mutating func add(_ fault: RequestFault, _ area: GraphArea?, _ count: Int) {
    if count > 0 { requests.append((fault, area, count)) }
  }
  mutating func add(_ fault: NotificationFault, _ count: Int) {
    if count > 0 { notifications.append((fault, count)) }
  }

  mutating func takeRequestFault(_ area: GraphArea) -> RequestFault? {
    guard let index = requests.firstIndex(where: { $0.area == nil || $0.area == area }) else { return nil }
    requests[index].left -= 1
    let fault = requests[index].fault
    if requests[index].left == 0 { requests.remove(at: index) }
    return fault
  }

  mutating func takeNotificationFault() -> NotificationFault? {
    guard let first = notifications.first else { return nil }
    notifications[0].left -= 1
    if notifications[0].left == 0 { notifications.removeFirst() }
    return first.fault
  }
}
