// The user calls over a real socket: pages, filters, changes.

import FoundationEssentials
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphUserTests {
  static let plan = "57ff2da0-773e-42df-b2af-ffb7a2317929"
  static let filter = FormFields.percentEncoded(
    "assignedPlans/any(p:p/servicePlanId eq \(plan) and p/capabilityStatus eq 'Enabled')")

  @Test func `licensed users come in pages, counted on the first`() async throws {
    try await TenantBench.run(people: 24) { bench in
      let token = try await bench.readToken()
      bench.service.modifyUser(3) { $0.isLicensed = false }
      var next =
        "/v1.0/users?$select=id,userPrincipalName,assignedPlans&$top=10&$count=true&$filter=\(Self.filter)"
      var pages: [[LooseJSON]] = []
      while !next.isEmpty {
        let page = try await bench.send(.GET, next, token: token, headers: ["ConsistencyLevel": "eventual"])
        #expect(page.json["@odata.count"] == (pages.isEmpty ? 25 : .null))
        pages.append(page.json["value"].items)
        next = page.json["@odata.nextLink"].text
      }
      #expect(pages.map(\.count) == [10, 10, 5])
      #expect(Set(pages.joined().map { $0["id"].text }).count == 25)
      #expect(pages[0][0].keys == ["id", "userPrincipalName", "assignedPlans"])
      #expect(pages[0][0]["assignedPlans"][0]["servicePlanId"].text == Self.plan)
    }
  }

  @Test func `any of several plans will do, and nothing else may be a choice`() async throws {
    try await TenantBench.run(people: 3) { bench in
      let token = try await bench.readToken()
      func find(_ text: String) async throws -> (status: Int, count: Int) {
        let answer = try await bench.send(
          .GET, "/v1.0/users?$count=true&$filter=\(FormFields.percentEncoded(text))", token: token,
          headers: ["ConsistencyLevel": "eventual"])
        return (answer.status, answer.json["value"].items.count)
      }
      func plan(_ id: String) -> String {
        "assignedPlans/any(p:p/servicePlanId eq \(id) and p/capabilityStatus eq 'Enabled')"
      }
      let gcc = plan("304767db-7d23-49e8-a945-4a7eb65f9f28")
      #expect(try await find("\(plan(Self.plan)) or \(gcc)") == (200, 5))
      #expect(try await find("\(gcc) or \(plan("9953b155-8aef-4c56-92f3-72b0487fce41"))") == (200, 0))
      #expect(try await find("accountEnabled eq true or accountEnabled eq false").status == 400)
      #expect(try await find("\(gcc) or \(plan(Self.plan)) and accountEnabled eq true").status == 400)
    }
  }

  @Test func `what the service refuses is refused`() async throws {
    try await TenantBench.run { bench in
      let token = try await bench.readToken()
      let plain = try await bench.send(.GET, "/v1.0/users?$count=true&$filter=\(Self.filter)", token: token)
      #expect(plain.status == 400 && plain.code == "Request_UnsupportedQuery")
      #expect(
        plain.message
          == "Unsupported or invalid query filter clause specified for property 'assignedPlans' of resource "
          + "'User'."
      )
      let uncounted = try await bench.send(
        .GET, "/v1.0/users?$filter=\(Self.filter)", token: token, headers: ["ConsistencyLevel": "eventual"])
      #expect(uncounted.status == 400)
      let top = try await bench.send(.GET, "/v1.0/users?%24top=1000", token: token)
      #expect(top.message == "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.")
      let property = try await bench.send(.GET, "/v1.0/users?$select=id,shoeSize", token: token)
      #expect(
        property.message == "Could not find a property named 'shoeSize' on type 'microsoft.graph.user'.")
      #expect(try await bench.send(.GET, "/v1.0/users/nobody@contoso.example", token: token).status == 404)
    }
  }

  @Test func `a delta link tells what has changed since`() async throws {
    try await TenantBench.run(people: 5) { bench in
      let token = try await bench.readToken()
      let first = try await bench.send(.GET, "/v1.0/users/delta?$select=displayName&$top=4", token: token)
        .json
      #expect(first["value"].items.count == 4)
      let second = try await bench.send(.GET, first["@odata.nextLink"].text, token: token).json
      #expect(second["value"].items.count == 3)
      let link = second["@odata.deltaLink"].text
      #expect(try await bench.send(.GET, link, token: token).json["value"].items.isEmpty)

      bench.service.modifyUser(1) { $0.displayName = "New Name" }
      bench.service.removeUser(2)
      let added = GraphUser(
        id: "11111111-1111-4111-8111-111111111111", displayName: "Late Comer",
        userPrincipalName: "late@contoso.example")
      #expect(bench.service.addUser(added) == 7)
      #expect(bench.service.addUser(added) == nil)
      let changes = try await bench.send(.GET, link, token: token).json["value"].items
      #expect(changes.map { $0["id"].text } == [bench.people[1].graphID, bench.people[2].graphID, added.id])
      #expect(changes[0]["displayName"] == "New Name")
      #expect(changes[1]["@removed"]["reason"] == "deleted")
      let latest = try await bench.send(.GET, "/v1.0/users/delta?$deltaToken=latest", token: token).json
      #expect(latest["value"].items.isEmpty)

      bench.clock.advance(bySeconds: 8 * 86400)
      let late = try await bench.send(.GET, link, token: bench.readToken())
      #expect(late.status == 410)
    }
  }
}
