// Subscriptions over real sockets: the checks, the handshake, their life.

import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphSubscriptionTests {
  @Test func `a subscription is made after both addresses have answered`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, answer, token in
        #expect(answer.status == 201)
        #expect(answer.json["applicationId"].text == readingApp)
        #expect(answer.json["encryptionCertificateId"] == "label")
        #expect(webhook.validations.count == 2)
        let request = try #require(webhook.validations.first)
        #expect(request.body.isEmpty)
        #expect(request.headers.first(name: "Content-Type") == "text/plain; charset=utf-8")
        #expect(
          request.query?.hasPrefix(
            "validationToken=Validation%3a+Testing+client+application+reachability+for+"
          )
            == true)
        let list = try await bench.send(.GET, "/v1.0/subscriptions", token: token)
        #expect(list.json["value"].items.map { $0["id"] } == [answer.json["id"]])
        let other = try await bench.readToken("sync2@contoso.example", "pw2")
        #expect(try await bench.send(.GET, "/v1.0/subscriptions", token: other).json["value"].items.isEmpty)
        let path = "/v1.0/subscriptions/\(answer.json["id"].text)"
        #expect(try await bench.send(.GET, path, token: other).status == 404)
        #expect(try await bench.send(.GET, path, token: token).status == 200)
      }
    }
  }

  @Test func `one per application and user`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, answer, token in
        let body = webhook.subscription([bench.people[0].graphID], now: bench.clock.date)
        let second = try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body)
        #expect(second.status == 409 && second.code == "ExtensionError")
        #expect(
          second.message
            == "Operation: Create; Exception: [Status Code: Conflict; Reason: A subscripton already exists. "
            + "It must be deleted before a another can be made.]"
        )
        let other = try await bench.readToken("sync2@contoso.example", "pw2")
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: other, body: body).status == 201)
        let path = "/v1.0/subscriptions/\(answer.json["id"].text)"
        #expect(try await bench.send(.DELETE, path, token: token).status == 204)
        #expect(try await bench.send(.DELETE, path, token: token).status == 404)
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body).status == 201)
      }
    }
  }

  @Test(arguments: [Webhook.Manner.wrongText, .html, .refuse])
  func `a wrong answer to the handshake refuses the subscription`(_ manner: Webhook.Manner) async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed(manner) { _, answer, _ in
        #expect(answer.status == 400 && answer.code == "ValidationError")
        #expect(
          answer.message
            == "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
            + "validation request."
        )
        #expect(bench.service.subscriptionIDs.isEmpty)
      }
    }
  }

  @Test func `no answer to the handshake is told apart, and frees the slot`() async throws {
    try await TenantBench.run {
      $0.handshakeSeconds = 0.05
    } _: { bench in
      for _ in 0..<2 {
        try await bench.subscribed(.silent) { _, answer, _ in
          #expect(answer.status == 400 && answer.message == "Subscription validation request timed out.")
        }
      }
    }
  }

  static let small =
    "\""
    + Base64.encode(
      try! Certificate.selfSigned(key: .generateRSA(bits: 1024), commonName: "x", validDays: 1).der) + "\""
  static let long = "\"" + String(repeating: "x", count: 129) + "\""
  static let refused: [(String, String?, String)] = [
    ("changeType", nil, "changeType is required."),
    ("changeType", "\"created\"", "The specified changeType 'created' is not supported for this resource."),
    ("notificationUrl", "\"http://localhost/x\"", "notificationUrl must start with 'https://'."),
    ("notificationUrl", nil, "notificationUrl is required."),
    ("lifecycleNotificationUrl", "\"https://\"", "lifecycleNotificationUrl is not a valid URL."),
    ("resource", "\"/me/messages\"", "Resource '/me/messages' is not supported."),
    (
      "resource", "\"/communications/presences?$filter=id in ('x')\"",
      "Invalid filter clause: a user id must be a quoted GUID."
    ),
    ("resource", "\"communications/presences/x\"", "Invalid user id 'x'."),
    ("expirationDateTime", "\"tomorrow\"", "expirationDateTime is not a valid date."),
    ("expirationDateTime", "\"2020-01-01T00:00:00Z\"", "Subscription expiration must be in the future."),
    (
      "expirationDateTime", "\"2999-01-01T00:00:00Z\"",
      "Subscription expiration can only be 60 minutes in the future."
    ),
    (
      "encryptionCertificate", nil,
      "encryptionCertificate and encryptionCertificateId are required when includeResourceData is set to "
        + "true."
    ),
    ("encryptionCertificate", "\"AAAA\"", "Certificate is not in the correct format."),
    ("encryptionCertificate", small, "Certificate must have an RSA key of 2048 to 4096 bits."),
    (
      "encryptionCertificateId", nil,
      "encryptionCertificate and encryptionCertificateId are required when includeResourceData is set to "
        + "true."
    ),
    ("clientState", long, "clientState must not be longer than 128 characters."),
    ("latestSupportedTlsVersion", "\"v9\"", "latestSupportedTlsVersion 'v9' is not supported."),
  ]

  @Test func `every member is checked`() async throws {
    try await TenantBench.run { bench in
      for (member, value, message) in Self.refused {
        try await bench.subscribed(.good, [member: value]) { webhook, answer, _ in
          #expect(answer.status == 400 && answer.code == "InvalidRequest")
          #expect(answer.message == message)
          #expect(webhook.validations.isEmpty)
        }
      }
    }
  }

  @Test func `650 people fit, 651 do not, and an application cannot subscribe for itself`() async throws {
    try await TenantBench.run(people: 651) { bench in
      try await bench.subscribed { webhook, answer, token in
        #expect(answer.message == "The number of user ids in the filter must not be greater than 650.")
        let ids = bench.people.prefix(650).map(\.graphID)
        let body = webhook.subscription(ids, now: bench.clock.date)
        let app = try await bench.send(.POST, "/v1.0/subscriptions", token: bench.writeToken(), body: body)
        #expect(app.status == 403)
        #expect(
          app.message
            == "Operation: Create; Exception: [Status Code: Forbidden; Reason: The request is not "
            + "authorized for this user or application.]"
        )
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body).status == 201)
      }
    }
  }

  @Test func `an expiry is raised to 45 minutes, renewed, and kept`() async throws {
    try await TenantBench.run { bench in
      let soon = "\"\(GraphDate.text(bench.clock.date + 600))\""
      try await bench.subscribed(.good, ["expirationDateTime": soon]) { webhook, answer, token in
        let expires = try #require(GraphDate.parse(answer.json["expirationDateTime"].text))
        #expect(abs(expires.timeIntervalSince(bench.clock.date) - 2700) < 5)
        let path = "/v1.0/subscriptions/\(answer.json["id"].text)"
        bench.clock.advance(bySeconds: 2000)
        let later = GraphDate.text(bench.clock.date + 3500)
        let body = "{\"expirationDateTime\":\"\(later)\"}"
        let renewed = try await bench.send(.PATCH, path, token: token, body: body)
        #expect(renewed.status == 200 && renewed.json["expirationDateTime"].text == later)
        #expect(
          try await bench.send(.PATCH, path, token: token, body: "{\"resource\":\"users\"}").status == 400)
        #expect(try await bench.send(.POST, path + "/reauthorize", token: token).status == 200)
        bench.clock.advance(bySeconds: 3501)
        let fresh = try await bench.readToken()
        #expect(try await bench.send(.PATCH, path, token: fresh, body: body).status == 404)
        #expect(bench.service.subscriptionIDs.isEmpty)
        let again = webhook.subscription([bench.people[0].graphID], now: bench.clock.date)
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: fresh, body: again).status == 201)
      }
    }
  }

  @Test func `a lost subscription may stay booked`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed { webhook, _, token in
        let body = webhook.subscription([bench.people[0].graphID], now: bench.clock.date)
        bench.service.inject(.killSubscriptions(staysBooked: true))
        let refused = try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body)
        #expect(refused.status == 403)
        #expect(refused.message.contains("has reached its limit of '1' 'PRESENCE' subscription on tenant"))
        bench.service.clearFaults()
        #expect(try await bench.send(.POST, "/v1.0/subscriptions", token: token, body: body).status == 201)
      }
    }
  }
}
