// What a PBX that is known says: about writes, users, licences, lines and presence.

import PluginAPI

extension PBXSession {
  mutating func whileUp(_ message: Incoming, _ now: Moment) -> [Effect] {
    let writer = message.src.flatMap(WriteSource.user(of:))
    let onThePhone = writer.flatMap { subscriptions.reading(of: $0)?.onThePhone } ?? false
    if let effects = writes.handle(message, onThePhone: onThePhone, now: now) { return apply(effects, now) }
    if let effects = replication.handle(message, now: now) { return apply(effects) }
    if let effects = licences?.handle(message, now: now) { return apply(effects) }
    if let effects = monitor?.handle(message, now: now) { return apply(effects, now) }
    switch message.mt {
    case "GetNodeInfoResult":
      writes.heard(now)
      return []
    case "KeepAlive", "DeleteApiResult", "UnsubscribePresenceResult", "MonitorUnallowedResult": return []
    case "MonitorUnallowedAdd", "MonitorUnallowedDel":
      unallowed(message, now)
      return []
    case "AppInfo": return [.send(.appInfo(app: message.app, src: message.src))]
    case "SubscribePresenceResult", "PresenceState", "PresenceUpdate":
      guard let user = message.src.flatMap(Subscriptions.user(ofSource:)) else {
        return [.ignored(message.mt)]
      }
      return presenceMessage(message, user, now)
    default: return [.ignored(message.mt)]
    }
  }

  /// (I) The user is named by SIP name or guid, the sources by SIP name.
  mutating func unallowed(_ message: Incoming, _ now: Moment) {
    let app = identity?.appSIP.lowercased() ?? ""
    let isOurs = message.sources.isEmpty || message.sources.contains { $0.lowercased() == app }
    guard isOurs, let user = message.user.flatMap({ subscriptions.watched(named: $0) }) else { return }
    subscriptions.visibilityChanged(user, missing: message.mt == "MonitorUnallowedAdd", now: now)
  }

  mutating func presenceMessage(_ message: Incoming, _ user: UserID, _ now: Moment) -> [Effect] {
    switch message.mt {
    case "SubscribePresenceResult":
      if let failure = message.failure { subscriptions.refused(user, failure, now: now) }
      return []
    case "PresenceState":
      subscriptions.stateChanged(user, up: message.up, now: now)
      return []
    default:
      let list = writes.read(message.presence ?? [], of: user)
      let reading = PresenceReading(list, leavingOut: settings.borrows ? nil : settings.contact)
      guard subscriptions.read(user, reading, now: now) else { return [] }
      if !reading.onThePhone { writes.sawNoCall(of: user) }
      let unknown = reading.state.availability == .unknown
      return (unknown ? [.unknownWord(reading.word)] : []) + report(user, now)
    }
  }

  mutating func report(_ user: UserID, _ now: Moment) -> [Effect] {
    let callIsOurs = writes.explainsCall(of: user)
    // What RCC tells may be our own call.
    let line = callIsOurs && settings.ownCallsAreInRCC ? nil : monitor?.call(of: user)
    guard let presence = subscriptions.report(user, callIsOurs: callIsOurs, line: line ?? .none) else {
      return []
    }
    return [.presence(PresenceEvent(user: user, presence: presence, receivedAt: now))]
  }
}
