// Groups, attributes, notes and disabled accounts of the simulated tenant, over a real socket.

import FoundationEssentials
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphGroupTests {
  static func reading(_ options: inout GraphOptions) {
    options.apps[0].delegated.insert("GroupMember.Read.All")
  }
  static func token(_ bench: TenantBench) async throws -> String {
    var fields = TenantBench.passwordForm
    fields["scope"]! += " https://graph.microsoft.com/GroupMember.Read.All"
    return try await bench.form(fields).json["access_token"].text
  }
  static let phones = "99999999-0000-4000-8000-000000000001"
  static let sales = "99999999-0000-4000-8000-000000000002"

  @Test func `members of nested groups come in pages`() async throws {
    try await TenantBench.run(people: 5, Self.reading) { bench in
      let ids = bench.people.map(\.graphID)
      bench.service.setGroup(
        GraphGroup(
          id: Self.phones, displayName: "It's phones", users: [ids[0], ids[1]], groups: [Self.sales]))
      bench.service.setGroup(
        GraphGroup(id: Self.sales, displayName: "Sales", users: [ids[1], ids[2]], groups: [Self.phones]))
      let token = try await Self.token(bench)
      let filter = FormFields.percentEncoded("displayName eq 'it''s PHONES'")
      let found = try await bench.send(.GET, "/v1.0/groups?$select=id&$filter=\(filter)", token: token)
      #expect(found.json["value"].items.map { $0["id"].text } == [Self.phones])
      #expect(
        try await bench.send(.GET, "/v1.0/groups/\(Self.sales)", token: token).json["displayName"] == "Sales")
      var next = "/v1.0/groups/\(Self.phones)/transitiveMembers?$select=id&$top=2"
      var members: [[String]] = []
      while !next.isEmpty {
        let page = try await bench.send(.GET, next, token: token).json
        members.append(page["value"].items.map { $0["id"].text })
        next = page["@odata.nextLink"].text
      }
      #expect(
        members == [[ids[0], ids[1]], [ids[2], Self.sales]], "each once, however the groups are nested")
      let direct = try await bench.send(.GET, "/v1.0/groups/\(Self.phones)/members", token: token).json
      #expect(direct["value"].items.map { $0["@odata.type"].text }.last == "#microsoft.graph.group")
      #expect(try await bench.send(.GET, "/v1.0/groups/nobody", token: token).status == 404)
      #expect(try await bench.send(.GET, "/v1.0/groups", token: bench.readToken()).status == 403)
    }
  }

  @Test func `notes and attributes are told as they are set`() async throws {
    try await TenantBench.run { bench in
      bench.service.modifyUser(0) { $0.department = "Sales" }
      bench.service.setStatusMessage(0, "In the lab")
      bench.service.setOutOfOffice(1, reply: "Back on Monday")
      let token = try await bench.readToken()
      let path = "/v1.0/users/\(bench.people[0].graphID)?$select=department,city"
      let user = try await bench.send(.GET, path, token: token).json
      #expect(user["department"] == "Sales" && user["city"] == .null)
      func presence(_ person: Int) async throws -> LooseJSON {
        let path = "/v1.0/communications/presences/\(bench.people[person].graphID)"
        return try await bench.send(.GET, path, token: token).json
      }
      #expect(try await presence(0)["statusMessage"]["message"]["content"] == "In the lab")
      let away = try await presence(1)["outOfOfficeSettings"]
      #expect(away["message"] == "Back on Monday")
      bench.service.setOutOfOffice(1, reply: nil)
      #expect(try await presence(1)["outOfOfficeSettings"]["message"] == .null)
    }
  }

  @Test func `a disabled account loses its tokens, its sign-in and its subscriptions`() async throws {
    try await TenantBench.run { bench in
      try await bench.subscribed(.good, [:]) { _, answer, token in
        #expect(answer.status == 201)
        bench.service.inject(.disableAccount(username: "sync1@contoso.example"))
        #expect(bench.service.subscriptionIDs.isEmpty)
        #expect(try await bench.send(.GET, "/v1.0/subscriptions", token: token).status == 401)
        #expect(try await bench.form(TenantBench.passwordForm).json["error_codes"][0] == 50057)
        let other = try await bench.readToken("sync2@contoso.example", "pw2")
        #expect(try await bench.send(.GET, "/v1.0/subscriptions", token: other).status == 200)
        bench.service.inject(.enableAccount(username: "sync1@contoso.example"))
        #expect(try await bench.send(.GET, "/v1.0/subscriptions", token: token).status == 200)
      }
    }
  }

  @Test func `links to changes can be made to expire`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.readToken()
      let address = "/v1.0/users/delta?$deltaToken=latest"
      let link = try await bench.send(.GET, address, token: token).json["@odata.deltaLink"].text
      bench.service.inject(.expireDeltaLinks)
      #expect(try await bench.send(.GET, link, token: token).status == 410)
      let next = try await bench.send(.GET, address, token: token).json["@odata.deltaLink"].text
      #expect(try await bench.send(.GET, next, token: token).status == 200)
    }
  }
}
