// Notifications over real sockets: the envelope, the signature, order, retries and faults.

import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphNotificationTests {
  @Test(arguments: [GraphOptions.ValidationTokenForm.v1, .v2])
  func `a change arrives encrypted and signed`(_ form: GraphOptions.ValidationTokenForm) async throws {
    try await TenantBench.run {
      $0.validationTokenForm = form
    } _: { bench in
      try await bench.subscribed { webhook, answer, _ in
        var bodies = webhook.bodies.makeAsyncIterator()
        #expect(bench.service.setTeamsClient(1, to: .inAMeeting))
        let body = try #require(await bodies.next())
        let entry = body["value"][0]
        let id = bench.people[1].graphID
        #expect(entry["subscriptionId"] == answer.json["id"])
        #expect(entry["clientState"] == "state")
        #expect(entry["tenantId"].text == bench.tenant)
        #expect(entry["changeType"] == "updated")
        #expect(entry["resource"].text == "communications/presences/\(id)")
        #expect(entry["resourceData"]["@odata.id"].text == "users/\(id)/presence")
        #expect(entry["subscriptionExpirationDateTime"] == answer.json["expirationDateTime"])
        #expect(entry["encryptedContent"]["encryptionCertificateId"] == "label")
        #expect(
          entry["encryptedContent"]["encryptionCertificateThumbprint"].text
            == Webhook.certificate.sha1Thumbprint)
        #expect(try Webhook.open(entry) == "Busy/InAMeeting")
        #expect(bench.observer.lines.contains("sent 1 Busy/InAMeeting"))
        try await check(body["validationTokens"], form, bench)
      }
    }
  }

  private func check(_ tokens: LooseJSON, _ form: GraphOptions.ValidationTokenForm, _ bench: TenantBench)
    async throws
  {
    #expect(tokens.items.count == 1)
    let parts = tokens[0].text.split(separator: ".").map { String($0) }
    try #require(parts.count == 3)
    let header = try LooseJSON(try #require(Base64.decodeURL(parts[0])))
    let claims = try LooseJSON(try #require(Base64.decodeURL(parts[1])))
    #expect(header["alg"] == "RS256")
    let keys = try await bench.send(.GET, "/common/discovery/v2.0/keys").json["keys"].items
    let key = try #require(keys.first { $0["kid"] == header["kid"] })
    let signer = try PublicKey(
      rsaModulus: try #require(Base64.decodeURL(key["n"].text)),
      exponent: try #require(Base64.decodeURL(key["e"].text)))
    let signature = try #require(Base64.decodeURL(parts[2]))
    #expect(signer.verifyRS256(signature: signature, of: Array("\(parts[0]).\(parts[1])".utf8)))
    #expect(claims["aud"].text == readingApp)
    #expect(claims["tid"].text == bench.tenant)
    let publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"
    switch form {
    case .v1:
      #expect(claims["iss"].text == "https://sts.windows.net/\(bench.tenant)/")
      #expect(claims["appid"].text == publisher)
    case .v2:
      #expect(claims["iss"].text == "\(bench.service.baseURL)/\(bench.tenant)/v2.0")
      #expect(claims["azp"].text == publisher)
    }
  }

  @Test func `every change of a person arrives in order, at most twenty in a request`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, _, _ in
        let states: [TeamsClientState] = (0..<60).map { $0 % 2 == 0 ? .busy : .available }
        for state in states { bench.service.setTeamsClient(0, to: state) }
        var seen: [String] = []
        var requests = 0
        for await body in webhook.bodies {
          requests += 1
          #expect(body["value"].items.count <= 20)
          for entry in body["value"].items { seen.append(try Webhook.open(entry)) }
          if seen.count >= states.count { break }
        }
        #expect(seen == states.map { "\($0.pair!)" })
        #expect(requests < states.count)
      }
    }
  }

  @Test func `what time alone changes is told too`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.writeToken()
      bench.service.setTeamsClient(0, to: .offline)
      try await bench.subscribed { webhook, _, _ in
        var bodies = webhook.bodies.makeAsyncIterator()
        var seen: [String] = []
        let body = TenantBench.session("Available", "Available", "PT15M")
        #expect(try await bench.write(0, "setPresence", body, token: token).status == 200)
        for step in [0.0, 301, 300, 300] {
          bench.clock.advance(bySeconds: step)
          bench.service.sweep()
          seen.append(try Webhook.open(try #require(await bodies.next())["value"][0]))
        }
        #expect(
          seen == ["Available/Available", "Available/AvailableInactive", "Away/Away", "Offline/Offline"])
      }
    }
  }

  @Test func `an address that fails is tried again, and nothing is lost or told twice to the observer`()
    async throws
  {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, _, _ in
        webhook.answerNext([.internalServerError])
        bench.service.setTeamsClient(0, to: .busy)
        var bodies = webhook.bodies.makeAsyncIterator()
        let seen = try Webhook.open(try #require(await bodies.next())["value"][0])
        #expect(seen == "Busy/Busy")
        #expect(bench.observer.lines.filter { $0 == "sent 0 Busy/Busy" }.count == 1)
      }
    }
  }

  @Test func `notifications are dropped, doubled and overtaken on demand`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, _, _ in
        func show(_ states: [TeamsClientState]) {
          for state in states { bench.service.setTeamsClient(0, to: state) }
        }
        bench.service.inject(.dropNotifications(next: 1))
        show([.busy])
        bench.service.inject(.duplicateNotifications(next: 1))
        show([.away])
        bench.service.inject(.reorderNotifications(next: 1))
        show([.doNotDisturb, .available])
        var seen: [String] = []
        for await body in webhook.bodies {
          for entry in body["value"].items { seen.append(try Webhook.open(entry)) }
          if seen.count >= 4 { break }
        }
        #expect(seen == ["Away/Away", "Away/Away", "Available/Available", "DoNotDisturb/DoNotDisturb"])
      }
    }
  }

  @Test func `a subscription that ended is told nothing more, and user changes go to user subscriptions`()
    async throws
  {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, _, token in
        bench.service.inject(.killSubscriptions())
        bench.service.setTeamsClient(0, to: .busy)
        let body = webhook.subscription(
          [], now: bench.clock.date,
          [
            "resource": "\"/users\"", "changeType": "\"updated,deleted\"", "includeResourceData": nil,
            "encryptionCertificate": nil, "encryptionCertificateId": nil,
          ])
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body).status == 201)
        bench.service.removeUser(2)
        var bodies = webhook.bodies.makeAsyncIterator()
        let first = try #require(await bodies.next())
        #expect(first["value"][0]["changeType"] == "deleted")
        #expect(first["value"][0]["resourceData"]["id"].text == bench.people[2].graphID)
        #expect(first["validationTokens"] == nil)
        bench.service.sendLifecycle(.reauthorizationRequired)
        let second = try #require(await bodies.next())["value"][0]
        #expect(second["lifecycleEvent"] == "reauthorizationRequired")
        #expect(second["clientState"] == "state")
        #expect(second["changeType"] == nil)
        bench.service.sendLifecycle(.subscriptionRemoved)
        #expect(bench.service.subscriptionIDs.isEmpty)
        let third = try #require(await bodies.next())["value"][0]
        #expect(third["lifecycleEvent"] == "subscriptionRemoved")
      }
    }
  }
}
