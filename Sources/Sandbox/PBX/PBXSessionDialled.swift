// The base protocol when the gateway dials: it has to prove that it knows the App object's password, to the letter.

import OpenSSLCrypto

extension PBXSession {
  mutating func dialledBase(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    switch (request.mt, phase) {
    case ("AppChallenge", .listening), ("AppChallenge", .asked):
      if let named = request.appObj, named != world.app.sip { return refuse("no App object \(named)") }
      let number = Int.random(in: 1_000_000_000...9_999_999_999)
      let isNumber = world.variant.challengeIsNumber
      let challenge = isNumber ? String(number) : Hex.encode(SecureRandom.bytes(8))
      phase = .asked(challenge: challenge)
      let answer: OrderedJSON = [
        "mt": "AppChallengeResult", "challenge": isNumber ? .number(number) : .string(challenge),
      ]
      return [.send(answer.text)]
    case ("AppLogin", .asked(let challenge)): return check(request, challenge, world)
    case ("AppChallenge", _), ("AppLogin", _): return refuse("\(request.mt) out of turn")
    default: return []
    }
  }

  private mutating func check(_ request: PBXRequest, _ challenge: String, _ world: PBXWorld) -> [PBXEffect] {
    if request.key != nil { return refuse("the session key must never be sent") }
    if request.hasInfo || request.pbxObj != nil { return refuse("the login of a user, not of an App object") }
    guard let app = request.app, app == world.app.sip else {
      return refuse("no App object \(request.app ?? "without a name")")
    }
    let expected = PBXDigest.make(
      app: app, domain: request.domain ?? "", sip: request.sip ?? "", guid: request.guid ?? "",
      dn: request.dn ?? "", info: nil, challenge: challenge, password: password)
    guard request.digest == expected else { return refuse("wrong digest") }
    phase = .serving
    let answer: OrderedJSON = ["mt": "AppLoginResult", "app": .string(app), "ok": true]
    return [.loggedIn, .send(answer.text)]
      + (world.variant.introducesItself ? [.send(info(world: world))] : [])
  }

  /// The gateway is not told which part was wrong.
  private mutating func refuse(_ reason: String) -> [PBXEffect] {
    phase = .closed
    let answer: OrderedJSON = ["mt": "AppLoginResult", "error": 1, "errorText": "login failed"]
    return [.refused(reason: reason), .send(answer.text), .close(reason: reason)]
  }
}
