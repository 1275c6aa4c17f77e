// How a connection gets from its first message to a PBX that is known, whoever dialled.

import PluginAPI

extension PBXSession {
  mutating func loginStep(_ outcome: Login.Outcome, _ now: Moment) -> [Effect] {
    switch outcome {
    case .challenge(let answer): return [.send(answer)]
    case .accepted(let answer, let app):
      phase = .pbxInfo(app, until: now + settings.answerTimeout)
      return [.send(answer), .accepted(app)]
    case .visitor(let answer):
      phase = .visit(Visit(now: now))
      return [.send(answer), .visited]
    case .refused(let reason, let answer): return [.send(answer)] + close(reason)
    }
  }

  mutating func beforePbxInfo(_ message: Incoming, _ app: LoggedInApp, _ now: Moment) -> [Effect] {
    switch message.mt {
    case "AppInfo": return [.send(.appInfo(app: message.app, src: message.src))]
    case "KeepAlive": return []
    case "PbxInfo":
      guard let pbx = message.pbx, !pbx.isEmpty else { return [.ignored("PbxInfo without pbx")] }
      let told = message.domain.flatMap { $0.isEmpty ? nil : $0 }
      // The digest covers the login's domain, not this one.
      if let told, let domain = settings.domain, told.lowercased() != domain.lowercased() {
        return close(.otherDomain)
      }
      let identity = PBXIdentity(
        domain: told ?? app.domain, pbx: pbx,
        apis: message.apis.map { Set($0) }, appSIP: app.sip, appGUID: app.guid,
        passwordIsOld: app.passwordIsOld)
      return begin(identity, now)
    default: return [.ignored(message.mt)]
    }
  }

  mutating func dialledStep(_ outcome: DialledLogin.Outcome, _ login: DialledLogin, _ now: Moment)
    -> [Effect]
  {
    switch outcome {
    case .answer(let message): return [.send(message)]
    case .accepted:
      let app = LoggedInApp(
        sip: login.settings.app, domain: login.settings.domain, passwordIsOld: login.settings.passwordIsOld)
      return [.accepted(app)] + begin(login.identity, now)
    case .refused(let reason):
      isRefused = true
      phase = .closed
      return [.close("the PBX refused the login: \(reason)")]
    }
  }

  /// From here on it does not matter who dialled.
  mutating func begin(_ identity: PBXIdentity, _ now: Moment) -> [Effect] {
    phase = .up(identity)
    writes.canImpersonate = identity.has("PbxImpersonation")
    writes.answers.canProbe = identity.has("PbxApi")
    if let mark = settings.marks[identity.key.domain] {
      replication = Replication(answerTimeout: settings.answerTimeout, mark: mark)
    }
    let replicates = identity.key.pbx == settings.master.lowercased() && identity.has("PbxTableUsers")
    if replicates, identity.has("PbxAdminApi"), let license = settings.license {
      licences = LicenceChecks(
        licence: license, answerTimeout: settings.answerTimeout, interval: settings.licenseInterval)
    }
    let unallowed = identity.has("PbxApi") && identity.has("PbxAdminApi")
    return [.identified(identity)] + startMonitor(identity, now)
      + (unallowed ? [.send(.monitorUnallowed)] : [])
      + (replicates ? apply(replication.start(now)) : [])
  }

  private mutating func startMonitor(_ identity: PBXIdentity, _ now: Moment) -> [Effect] {
    guard settings.lineState == .rcc else { return [] }
    guard identity.has("RCC") else { return [.lines("RCC is not ticked")] }
    var monitor = LineMonitor(answerTimeout: settings.answerTimeout, diallingCounts: settings.diallingCounts)
    let effects = monitor.start(now)
    self.monitor = monitor
    return apply(effects, now)
  }
}
