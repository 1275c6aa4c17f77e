// The presence calls over a real socket: permissions, refusals, and what others see afterwards.

import FoundationEssentials
import Glibc
import NIOCore
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphPresenceTests {
  @Test func `a call is shown, and cleared`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.writeToken()
      let set = try await bench.write(0, "setPresence", TenantBench.session("Busy", "InACall"), token: token)
      #expect(set.status == 200 && set.bytes.isEmpty)
      let path = "/v1.0/users/\(bench.people[0].email)/presence"
      let shown = try await bench.send(.GET, path, token: bench.readToken()).json
      #expect(shown["id"].text == bench.people[0].graphID)
      #expect(shown["availability"] == "Busy")
      #expect(shown["activity"] == "InACall")
      #expect(
        bench.service.leftovers() == [.init(person: 0, sessions: [.init("Busy", "InACall")], preferred: nil)])

      let clear = "{\"sessionId\":\"\(writingApp)\"}"
      #expect(try await bench.write(0, "clearPresence", clear, token: token).status == 200)
      let after = try await bench.send(.GET, path, token: bench.readToken()).json
      #expect(after["availability"] == "Available")
      #expect(after["sequenceNumber"].text > shown["sequenceNumber"].text)
      let again = try await bench.write(0, "clearPresence", clear, token: token)
      #expect(again.status == 404 && again.code == "NotFound" && again.message.isEmpty)
      #expect(bench.service.leftovers().isEmpty)
      #expect(
        bench.observer.lines.filter { $0.hasPrefix("accepted") } == [
          "accepted 0 setPresence Busy/InACall", "accepted 0 clearPresence",
        ])
    }
  }

  @Test(arguments: [
    ("Busy", "Busy", "PT1H", "The availability and activity combination is not supported."),
    ("Busy", "InAMeeting", "PT1H", "The availability and activity combination is not supported."),
    ("Busy", "InACall", "PT4M59S", "The expirationDuration must be between PT5M and PT4H."),
    ("Busy", "InACall", "PT4H1S", "The expirationDuration must be between PT5M and PT4H."),
    ("Busy", "InACall", "1:05:00", "The expirationDuration is not a valid ISO 8601 duration."),
  ])
  func `a wrong pair or duration is refused`(_ a: String, _ b: String, _ duration: String, _ text: String)
    async throws
  {
    try await TenantBench.run { bench in
      let body = TenantBench.session(a, b, duration)
      let answer = try await bench.write(0, "setPresence", body, token: bench.writeToken())
      #expect(answer.status == 400 && answer.code == "BadRequest" && answer.message == text)
      #expect(
        answer.json["error"]["innerError"]["request-id"].text == answer.headers.first(name: "request-id"))
      #expect(bench.service.leftovers().isEmpty)
    }
  }

  @Test func `a session must be the calling application's, and a preferred pair one of its own list`()
    async throws
  {
    try await TenantBench.run { bench in
      let token = try await bench.writeToken()
      let foreign = "{\"sessionId\":\"\(readingApp)\",\"availability\":\"Away\",\"activity\":\"Away\"}"
      let answer = try await bench.write(0, "setPresence", foreign, token: token)
      #expect(answer.status == 400)
      #expect(answer.message == "The sessionId must be the application id of the calling application.")
      let call = "{\"availability\":\"Busy\",\"activity\":\"InACall\"}"
      #expect(try await bench.write(0, "setUserPreferredPresence", call, token: token).status == 400)
      #expect(try await bench.write(0, "setUserPreferredPresence", "{", token: token).status == 400)
    }
  }

  @Test func `a preferred presence lives a day or seven, and clearing it twice is fine`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.writeToken()
      for (person, state) in [(0, "DoNotDisturb"), (1, "Away")] {
        let body = "{\"availability\":\"\(state)\",\"activity\":\"\(state)\"}"
        #expect(try await bench.write(person, "setUserPreferredPresence", body, token: token).status == 200)
      }
      bench.clock.advance(bySeconds: 86401)
      #expect(bench.service.visiblePresence(of: 0) == .available)
      #expect(bench.service.visiblePresence(of: 1) == .away)
      bench.clock.advance(bySeconds: 6 * 86400)
      #expect(bench.service.visiblePresence(of: 1) == .available)
      let fresh = try await bench.writeToken()
      for _ in 0..<2 {
        #expect(try await bench.write(1, "clearUserPreferredPresence", "", token: fresh).status == 200)
      }
    }
  }

  @Test func `a person's own choice hides a call`() async throws {
    try await TenantBench.run { bench in
      #expect(bench.service.choosePreferred(0, PresencePair("Offline", "OffWork")))
      let body = TenantBench.session("Busy", "InACall")
      let token = try await bench.writeToken()
      #expect(try await bench.write(0, "setPresence", body, token: token).status == 200)
      #expect("\(bench.service.visiblePresence(of: 0))" == "Offline/OffWork")
      #expect(bench.service.choosePreferred(0, nil))
      #expect("\(bench.service.visiblePresence(of: 0))" == "Busy/InACall")
      #expect(!bench.service.setTeamsClient(0, to: .offline))
      #expect(bench.service.leftovers().map(\.preferred) == [nil])
    }
  }

  @Test func `650 people can be asked for at once, and 651 cannot`() async throws {
    try await TenantBench.run(people: 651) { bench in
      let token = try await bench.readToken()
      func ask(_ count: Int) async throws -> Answer {
        let ids = bench.people.prefix(count).map { "\"\($0.graphID)\"" }.joined(separator: ",")
        return try await bench.send(
          .POST, "/v1.0/communications/getPresencesByUserId", token: token, body: "{\"ids\":[\(ids)]}")
      }
      let answer = try await ask(650)
      #expect(answer.json["value"].items.count == 650)
      #expect(answer.json["value"][7]["activity"] == "Available")
      let refused = try await ask(651)
      #expect(refused.status == 400 && refused.code == "BadRequest")
    }
  }

  @Test func `a status message is shown until it ends`() async throws {
    try await TenantBench.run { bench in
      let end = GraphDate.text(bench.clock.date + 60)
      let body = """
        {"statusMessage":{"message":{"content":"Back soon","contentType":"text"},\
        "expiryDateTime":{"dateTime":"\(end)","timeZone":"UTC"}}}
        """
      let token = try await bench.writeToken()
      #expect(try await bench.write(0, "setStatusMessage", body, token: token).status == 200)
      #expect(bench.service.statusMessage(of: 0) == "Back soon")
      bench.clock.advance(bySeconds: 61)
      #expect(bench.service.statusMessage(of: 0) == nil)
    }
  }

  @Test func `tokens are checked before anything else`() async throws {
    try await TenantBench.run { bench in
      let path = "/v1.0/users/\(bench.people[0].graphID)/presence"
      let token = try await bench.readToken()
      let none = try await bench.send(.GET, path)
      #expect(none.status == 401 && none.code == "InvalidAuthenticationToken")
      #expect(none.message == "Access token is empty.")
      #expect(
        none.headers.first(name: "WWW-Authenticate")?.hasPrefix("Bearer realm=\"\", authorization_uri=")
          == true)
      let tampered = try await bench.send(.GET, path, token: token.dropLast(4) + "AAAA")
      #expect(tampered.message == "CompactToken parsing failed with error code: 80049217")
      bench.service.inject(.revokeTokens)
      #expect(try await bench.send(.GET, path, token: token).status == 401)
      let fresh = try await bench.readToken()
      #expect(try await bench.send(.GET, path, token: fresh).status == 200)
      bench.clock.advance(bySeconds: 3601)
      let late = try await bench.send(.GET, path, token: fresh)
      #expect(late.message == "Lifetime validation failed, the token is expired.")
    }
  }

  @Test func `permissions are checked by call`() async throws {
    try await TenantBench.run { bench in
      let reader = try await bench.readToken()
      let session = TenantBench.session("Busy", "InACall")
      let denied = try await bench.write(0, "setPresence", session, token: reader)
      #expect(denied.status == 403 && denied.code == "Authorization_RequestDenied")
      #expect(denied.message == "Insufficient privileges to complete the operation.")
      let writer = try await bench.writeToken()
      #expect(try await bench.send(.GET, "/v1.0/users", token: writer).status == 403)
      let missing = try await bench.send(
        .GET, "/v1.0/users/00000000-0000-4000-8000-000000000000/presence", token: writer)
      #expect(missing.status == 404 && missing.code == "Request_ResourceNotFound")
      #expect(try await bench.send(.GET, "/v1.0/nonsense", token: writer).status == 400)
    }
  }

  @Test func `too many requests of one application are told how long to wait`() async throws {
    try await TenantBench.run {
      $0.presenceRequestLimit = 2
    } _: { bench in
      let token = try await bench.readToken()
      let path = "/v1.0/users/\(bench.people[0].graphID)/presence"
      for _ in 0..<2 { #expect(try await bench.send(.GET, path, token: token).status == 200) }
      let answer = try await bench.send(.GET, path, token: token)
      #expect(answer.status == 429 && answer.code == "TooManyRequests")
      #expect(answer.json["error"]["innerError"]["status"] == "429")
      let wait = try #require(Double(answer.headers.first(name: "Retry-After") ?? ""))
      #expect(wait > 20 && wait <= 30)
      #expect(answer.headers.first(name: "Retry-After")?.contains(".") == true)
      let other = try await bench.writeToken()
      #expect(try await bench.send(.GET, path, token: other).status == 200)
      bench.clock.advance(bySeconds: 30)
      #expect(try await bench.send(.GET, path, token: token).status == 200)
    }
  }

  @Test func `requests fail on demand, by area`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.readToken()
      let path = "/v1.0/users/\(bench.people[0].graphID)/presence"
      bench.service.inject(.fail(next: 1, status: 503, retryAfter: 1.5, area: .presence))
      #expect(try await bench.send(.GET, "/v1.0/users", token: token).status == 200)
      let failed = try await bench.send(.GET, path, token: token)
      #expect(failed.status == 503 && failed.headers.first(name: "Retry-After") == "1.500")
      bench.service.inject(.reset(next: 1))
      let failure = await #expect(throws: IOError.self) { try await bench.send(.GET, path, token: token) }
      #expect(failure?.errnoCode == ECONNRESET)
      bench.service.inject(.hang(next: 1))
      await #expect(throws: PostFailure.timedOut) {
        try await bench.send(.GET, path, token: token, within: .milliseconds(50))
      }
      #expect(try await bench.send(.GET, path, token: token).status == 200)
      #expect(bench.service.requests.suffix(4).map(\.status) == [503, 0, 0, 200])
      #expect(bench.service.requestCount == 6)
    }
  }
}
