// A user at the App's page: may see the gateway's state and nothing else, and is never taken for a PBX.

import PluginAPI

/// The connection after such a login. Nothing in here leads to a PBX's rights.
struct Visit: Sendable, Hashable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    /// To be answered with the state; the visitor's `src`.
    case askedForStatus(src: String?)
    case ignored(String)
    case over
  }
  /// The state takes work to gather, so that nobody gets it more often than this.
  static let pace = Duration.seconds(1)
  /// A page that nobody looks at says nothing.
  static let patience = Duration.seconds(180)

  private var lastHeard: Moment
  private var lastTold: Moment?
  private var isWaiting = false
  private var src: String?

  init(now: Moment) { lastHeard = now }

  mutating func handle(_ message: Incoming, now: Moment) -> [Effect] {
    lastHeard = now
    switch message.mt {
    case "GetStatus":
      (isWaiting, src) = (true, message.src)
      return due(now)
    case "AppInfo": return [.send(.appInfo(app: message.app, src: message.src))]
    case "KeepAlive": return []
    default: return [.ignored(message.mt)]
    }
  }

  mutating func tick(_ now: Moment) -> [Effect] {
    now - lastHeard >= Self.patience ? [.over] : due(now)
  }

  private mutating func due(_ now: Moment) -> [Effect] {
    guard isWaiting, lastTold.map({ now - $0 >= Self.pace }) ?? true else { return [] }
    (isWaiting, lastTold) = (false, now)
    return [.askedForStatus(src: src)]
  }
}
