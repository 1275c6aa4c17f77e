// Calls to Graph: other accounts, remedies of all errors, dates and codings.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct GraphClientTests {
  static func signIns(_ options: Options) -> [SignIn] {
    (options.read?.accounts ?? []).map {
      ReadingAccount(
        $0, options: options, required: true
      ).signIn
    }
  }
  static let request = GraphRequest(call: .listUsers, method: "GET", target: "/users")

  @Test func anotherAccountServesWhenOneCannotSignIn() async throws {
    let graph = FakeGraph { request in
      if request.text.contains("sync1") { return .json(#"{"error_codes":[50057]}"#, status: 400) }
      return request.url.hasSuffix("/users") ? HTTPResponse(status: 200) : nil
    }
    let options = graph.options([
      "read": FakeGraph.readSection(accounts: ["sync1@x.example", "sync2@x.example"])
    ])
    let client = graph.client(options)
    #expect(try await client.send(Self.request, as: Self.signIns(options)).status == 200)
    await #expect(throws: GraphError.self) {
      try await client.send(Self.request, as: [Self.signIns(options)[0]])
    }
  }

  @Test func theTokenGoesNowhereElse() async {
    let graph = FakeGraph()
    let options = graph.options(["read": FakeGraph.readSection()])
    let client = graph.client(options)
    for target in ["https://evil.example/users", "https://graph.microsoft.com.evil.example/x"] {
      let request = GraphRequest(call: .listUsers, method: "GET", target: target)
      await #expect(throws: GraphError.unreadable("Graph pointed list_users to another host")) {
        try await client.send(request, as: Self.signIns(options))
      }
    }
    #expect(graph.calls.isEmpty && graph.http.requests.count == 1)
  }

  @Test func aListIsReadToItsEndButNotForEver() async throws {
    let isEndless = Locked(false)
    let graph = FakeGraph { request in
      guard let page = request.url.split(separator: "=").last.flatMap({ Int($0) }) else { return nil }
      let next = "\(FakeGraph.graph)/users?page=\(page + 1)"
      let link = page < 3 || isEndless.withLock { $0 } ? #","@odata.nextLink":"\#(next)""# : ""
      return .json(#"{"value":[{"id":"u\#(page)"}]\#(link)}"#)
    }
    let options = graph.options(["read": FakeGraph.readSection(), "requests_per_30s": "100000"])
    let first = GraphRequest(call: .listUsers, method: "GET", target: "/users?page=1")
    let client = graph.client(options)
    func all() async throws -> [String] {
      try await client.list(first, of: GraphUser.self, as: Self.signIns(options)).map(\.id)
    }
    #expect(try await all() == ["u1", "u2", "u3"])
    isEndless.withLock { $0 = true }
    await #expect(throws: GraphError.unreadable("the pages of list_users do not end")) { try await all() }
    #expect(graph.calls.count == 3 + GraphClient.maxPages)
  }

  @Test func aReferenceForTheSupportMakesNoOtherTrouble() {
    let requests = ["r-1", "r-2"].map { SupportReference(requestID: $0) }
    #expect("\(requests[0])" == " (request-id r-1)")
    let trace = SupportReference(traceID: "t", timestamp: "2026-11-24 08:00:00Z")
    #expect("\(trace)" == " (trace t, 2026-11-24 08:00:00Z)")
    for text in requests.map({ "HTTP 403 (no)\($0)" }) + ["HTTP 403 (no)\(trace)", "HTTP 403 (no)"] {
      #expect(SupportReference.removed(from: text) == "HTTP 403 (no)", "\(text)")
    }
    #expect("\(SupportReference(requestID: nil))\(SupportReference(traceID: nil, timestamp: "now"))" == "")
  }

  static let remedies: [(Int, PluginFailure.Remedy)] = [
    (401, .retry(after: nil)), (400, .giveUp), (404, .giveUp), (409, .giveUp), (410, .giveUp), (413, .giveUp),
    (415, .giveUp),
    (408, .retry(after: nil)), (429, .retry(after: nil)), (500, .retry(after: nil)),
    (502, .retry(after: nil)),
    (503, .retry(after: nil)), (504, .retry(after: nil)), (507, .retry(after: nil)),
    (403, .operatorAction(hint: "grant User.Read.All with admin consent to application app")),
  ]
  @Test(arguments: remedies) func statusToRemedy(_ status: Int, _ remedy: PluginFailure.Remedy) {
    let refusal = GraphRefusal(
      call: .listUsers, clientID: "app", response: HTTPResponse(status: status), date: Date())
    #expect(refusal.failure == PluginFailure(remedy, "HTTP \(status) on list_users"))
  }

  @Test func transportErrorsToRemedies() {
    func failure(_ error: HTTPClientError) -> PluginFailure { error.failure(reaching: "https://h.example/x") }
    #expect(
      failure(.cannotConnect("refused"))
        == PluginFailure(.retry(after: nil), "cannot reach h.example: refused"))
    #expect(failure(.timedOut).reason == "h.example did not answer in time")
    #expect(
      failure(.tls("self-signed")).description
        == "no secure connection to h.example: self-signed — check name resolution, firewall and proxy from the "
        + "gateway to h.example, and check `trust`")
    #expect(failure(.responseTooLarge).remedy == .giveUp)
  }

  @Test(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.absence)))
  func realErrorsAreUnderstood() throws {
    for item in try Vectors.errors() where item.file.hasPrefix("graph-") {
      let response = HTTPResponse(
        status: item.httpStatus, headers: item.headers.map { (name: $0.key, value: $0.value) },
        body: try Vectors.bytes("errors/\(item.file)"))
      let refusal = GraphRefusal(call: .subscribe, clientID: "app", response: response, date: Date())
      #expect(!refusal.code.isEmpty && refusal.requestID.map(isGUID) == true, "\(item.file)")
      #expect(refusal.isSubscriptionLimit == (item.file == "graph-403-subscription-limit.json"))
      if item.httpStatus == 429 { #expect(refusal.failure.remedy == .retry(after: .seconds(2.128))) }
    }
  }

  @Test func retryAfterInItsThreeShapes() throws {
    let now = try #require(utcDate(1994, 11, 6, 8, 49, 7))
    #expect(retryAfter("120", date: now) == .seconds(120))
    #expect(retryAfter(" 2.128 ", date: now) == .seconds(2.128))
    #expect(retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", date: now) == .seconds(30))
    #expect(retryAfter("Sun, 06 Nov 1994 08:00:00 GMT", date: now) == .zero)
    #expect(retryAfter("1e99", date: now) == .seconds(86_400))
    for text in [nil, "", "soon", "-1", "nan", "Sun, 99 Nov 1994 08:49:37 GMT"] {
      #expect(retryAfter(text, date: now) == nil)
    }
  }

  @Test func aDateToWaitForIsByMicrosoftsClock() async throws {
    let graph = FakeGraph { request in
      guard request.url.hasSuffix("/users") else { return nil }
      return HTTPResponse(
        status: 429,
        headers: [
          (name: "Date", value: "Mon, 23 Nov 2026 09:00:00 GMT"),
          (name: "Retry-After", value: "Mon, 23 Nov 2026 09:00:20 GMT"),
        ])
    }
    let client = graph.client(graph.options(["write": FakeGraph.writeSection]))
    let signIn = TokenTests.account(TokenTests.secret)
    // This machine's clock is weeks ahead.
    await #expect {
      try await client.send(GraphRequest(call: .listUsers, method: "GET", target: "/users"), as: [signIn])
    } throws: { ($0 as? GraphError)?.failure.retryDelay == .seconds(20) }
  }

  @Test func graphsDates() throws {
    let date = try #require(graphDate("2026-11-23T09:00:00.0000000Z"))
    #expect(date.timeIntervalSince1970 == 1_795_424_400)
    #expect(graphText(date) == "2026-11-23T09:00:00.0000000Z")
    for text in ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00.0+00:00", "2026-11-23T10:30:00+01:30"] {
      #expect(graphDate(text) == date, "\(text)")
    }
    #expect(graphText(try #require(graphDate("2024-02-29T23:59:59.25Z"))) == "2024-02-29T23:59:59.2500000Z")
    for text in [
      "", "2026-11-23", "2026-13-23T09:00:00Z", "2026-11-23T09:00Z", "2026-11-23T09:00:00 CET",
      "2026-11-23T09:00:00+9223372036854775807:00", "2026-11-23T09:00:00+24:00", "2026-11-23T09:00:00-01:60",
    ] {
      #expect(graphDate(text) == nil, "\(text)")
    }
    #expect(graphText(Date(timeIntervalSince1970: 1e300)) == "9999-12-31T23:59:59.0000000Z")
    #expect(graphText(Date(timeIntervalSince1970: -.infinity)) == "1970-01-01T00:00:00.0000000Z")
    for day in stride(from: 0.0, to: 40_000 * 86_400, by: 7 * 86_400 + 3601) {
      let date = Date(timeIntervalSince1970: day)
      #expect(graphDate(graphText(date)) == date)
    }
  }

  @Test func codings() {
    #expect(percentEncode("a b+ü/'~") == "a%20b%2B%C3%BC%2F%27~")
    #expect(formDecode("a+b%20c%3A%zz%4") == "a b c:%zz%4")
    #expect(queryValue("validationToken", in: "a=1&validationToken=x%3dy+z") == "x=y z")
    #expect(queryValue("validationToken", in: "xvalidationToken=1") == nil)
    #expect(queryValue("validationToken", in: "validationToken") == "")
    #expect(grouped(1951) == "1,951")
    #expect(grouped(1_000_000) == "1,000,000")
    #expect(grouped(7) == "7")
  }
}
