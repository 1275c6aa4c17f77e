// The base protocol: the PBX proves that it knows the App object's password, then says who it is.

extension PBXSession {
  mutating func base(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    switch (request.mt, phase) {
    case ("AppChallengeResult", .challenged):
      guard let challenge = request.challenge, Self.isChallenge(challenge) else {
        return end("AppChallengeResult needs a challenge of 1 to 16 printable ASCII characters")
      }
      phase = .loggingIn
      return [.send(login(challenge: challenge, world: world))]
    case ("AppLoginResult", .loggingIn):
      guard request.ok == true else {
        phase = .closed
        return [.close(reason: "login refused" + (request.errorText.map { ": \($0)" } ?? ""))]
      }
      phase = .serving
      return [.loggedIn, .send(info(world: world))]
    case ("AppChallengeResult", _), ("AppLoginResult", _):
      return [.refused(reason: "\(request.mt) out of turn")]
    default:
      return []
    }
  }

  private mutating func end(_ reason: String) -> [PBXEffect] {
    phase = .closed
    return [.refused(reason: reason), .close(reason: reason)]
  }

  private static func isChallenge(_ text: String) -> Bool {
    (1...16).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  private func login(challenge: String, world: PBXWorld) -> String {
    let app = settings.dial?.app ?? ""
    let info: OrderedJSON = [
      "appobj": .string(world.app.sip), "appdn": .string(world.app.dn), "appurl": .string(settings.appURL),
      "pbx": .string(settings.name), "cn": .string(world.app.dn), "unlicensed": true, "apps": [],
    ]
    let digest = PBXDigest.make(
      app: app, domain: world.domain, sip: world.app.sip, guid: world.app.guid, dn: world.app.dn,
      info: info.text,
      challenge: challenge, password: password)
    let message: OrderedJSON = [
      "mt": "AppLogin", "sip": .string(world.app.sip), "guid": .string(world.app.guid),
      "dn": .string(world.app.dn),
      "digest": .string(digest), "domain": .string(world.domain), "app": .string(app), "info": info,
    ]
    return message.text
  }

  func info(world: PBXWorld) -> String {
    let message: OrderedJSON = [
      "mt": "PbxInfo", "domain": .string(world.domain), "pbx": .string(settings.name),
      "pbxDns": .string(settings.dns), "apis": .array(settings.apis.map { .string($0) }),
      "version": .string(settings.version), "build": .string(settings.build),
    ]
    return message.text
  }
}
