// The device code grant at the login desk (RFC 8628).

import FoundationEssentials

extension LoginDesk {
  /// What a device is told first: its own code, and the one that a person types.
  mutating func deviceCode(
    _ form: [String: String], at place: LoginPlace
  ) throws(LoginRefusal) -> (device: String, user: String) {
    guard let id = form["client_id"], !id.isEmpty else { throw .missing("client_id") }
    let app = try registration(id)
    try checkPublic(app, form, place)
    // Refused here already, as Microsoft does for what can never be granted.
    _ = try RequestedScopes(form["scope"], graph: place.graph, app: app)
    return deviceCodes.issue(app: app.id, scope: form["scope"] ?? "", now: place.now)
  }

  mutating func answerDeviceCode(_ userCode: String, as username: String?) -> Bool {
    guard let username else { return deviceCodes.decide(userCode, .declined) }
    guard let account = accounts[username.lowercased()] else { return false }
    return deviceCodes.decide(userCode, .approved(user: account.id))
  }

  mutating func deviceCodeGrant(
    _ app: GraphApp, _ form: [String: String], _ graph: String, _ now: Date
  ) throws(LoginRefusal) -> LoginGrant {
    guard let device = form["device_code"] ?? form["code"], !device.isEmpty else {
      throw .missing("device_code")
    }
    let (user, scope) = try deviceCodes.redeem(device, app: app.id, interval: deviceCodeInterval, now: now)
    // MFA is no obstacle: the person is there.
    if let refusal = accounts.values.first(where: { $0.id == user })?.refusal, refusal != .needsMFA {
      throw refusal.refusal
    }
    var granted = try RequestedScopes(scope, graph: graph, app: app).grant(app: app, user: user)
    granted.withMFA = true
    return granted
  }
}
