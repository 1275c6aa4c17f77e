// Who is served: groups, attributes and names, and what is published of the rest.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct UserFilterTests {
  static let ada =
    #"{"id":"A","displayName":"Ada","userPrincipalName":"ada@contoso.example","accountEnabled":true,"#
    + #""department":"Sales","city":"Lyon","assignedPlans":[{"servicePlanId":"p","capabilityStatus":"Enabled"}]}"#
  static func user(_ text: String = ada) throws -> GraphUser {
    try JSONDecoder().decode(GraphUser.self, from: Data(text.utf8))
  }

  @Test(arguments: [
    ("svc-*", "svc-backup@x.example", true), ("svc-*", "SVC-@x", true), ("svc-*", "my-svc-1", false),
    ("*@guest.example", "a@guest.example", true), ("*@guest.example", "a@guest.example.org", false),
    ("a*b*c", "a1b2c", true), ("a*b*c", "acb", false), ("ada@x", "ada@x", true), ("ada@x", "ada@x.y", false),
    ("*", "anything", true), ("a*a", "a", false),
  ])
  func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(UserFilter.matches(name, pattern) == matches)
  }

  @Test func reasonsOfAnExclusion() throws {
    var filter = UserFilter()
    let ada = try Self.user()
    #expect(filter.exclusion(of: ada, isMember: false) == nil, "without rules everybody is served")
    filter.groups = ["Telephone users"]
    #expect(filter.exclusion(of: ada, isMember: false) == "in none of users.groups")
    #expect(filter.exclusion(of: ada, isMember: true) == nil)
    filter.attributes = [.department: ["sales", "support"], .city: ["paris"]]
    #expect(filter.exclusion(of: ada, isMember: true) == "users.where does not name city Lyon")
    filter.attributes = [.office: ["a"]]
    #expect(filter.exclusion(of: ada, isMember: true) == "users.where asks for a office")
    filter.exclude = ["bob@*", "ADA@*"]
    #expect(filter.exclusion(of: ada, isMember: true) == "excluded by users.exclude: ADA@*")
    // A disabled account and a missing licence are told first: they explain more.
    #expect(
      ada.entry(licensed: false, exclusion: "x").standing == .unlicensed(reason: "no Teams licence"))
    #expect(ada.entry(licensed: true, exclusion: "x").standing == .excluded(reason: "x"))
  }

  @Test func aChangedMembershipConcernsOnlyThoseItChanges() throws {
    var filter = UserFilter()
    filter.groups = ["g1"]
    filter.taggedGroups = ["g2"]
    let users = try ["a", "b", "c"].map { id in try Self.user(Self.ada.replacing(#""A""#, with: "\"\(id)\""))
    }
    var table = UserTable(
      filter: filter, users: users, members: ["g1": .init(name: "Phones", users: ["a", "b"])])
    #expect(table.entry("a")?.groups == ["Phones"])
    #expect(table.entry("c")?.standing == .excluded(reason: "in none of users.groups"))
    let concerned = table.replace(members: [
      "g1": .init(name: "Phones", users: ["a", "c"]), "g2": .init(name: "Sales", users: ["a"]),
    ])
    #expect(concerned.map(\.id) == ["a", "b", "c"])
    #expect(concerned.map(\.groups) == [["Phones", "Sales"], [], ["Phones"]])
    #expect(table.replace(members: table.members).isEmpty)
  }

  static let groups: @Sendable (HTTPRequest) -> HTTPResponse? = { request in
    let path = formDecode(request.url.dropFirst(FakeGraph.graph.count))
    switch path {
    case "/groups?$select=id,displayName&$filter=displayName eq 'It''s us'&$top=2":
      return .json(#"{"value":[{"id":"g-1","displayName":"It's us"}]}"#)
    case "/groups?$select=id,displayName&$filter=displayName eq 'Nobody'&$top=2":
      return .json(#"{"value":[]}"#)
    case "/groups/g-1/transitiveMembers?$select=id&$top=999":
      let next = "\(FakeGraph.graph)/groups/g-1/transitiveMembers?$skiptoken=2"
      return .json(
        ##"{"value":[{"@odata.type":"#microsoft.graph.user","id":"A"},"##
          + ##"{"@odata.type":"#microsoft.graph.device","id":"b"}],"@odata.nextLink":"\##(next)"}"##)
    case "/groups/g-1/transitiveMembers?$skiptoken=2": return .json(#"{"value":[{"id":"c"}]}"#)
    default: return nil
    }
  }

  @Test func membersAreReadWithTheUsers() async throws {
    let graph = FakeGraph { request in
      if let answer = Self.groups(request) { return answer }
      let path = request.url.dropFirst(FakeGraph.graph.count)
      if path.hasPrefix("/users/delta") {
        return .json(#"{"value":[],"@odata.deltaLink":"\#(DirectoryTests.link)1"}"#)
      }
      let users = ["A", "b", "c"].map { DirectoryTests.user($0) }.joined(separator: ",")
      return path.hasPrefix("/users?") ? .json(#"{"value":[\#(users)]}"#) : nil
    }
    let plugin = graph.plugin([
      "read": FakeGraph.readSection(), "users": ["groups": ["It's us", "Nobody"]],
    ])
    let directory = RecordingDirectory()
    let task = Task { try await plugin.publishDirectory(to: directory) }
    #expect(await eventually { !directory.changes.isEmpty })
    guard case .snapshot(let users) = directory.changes[0] else { return }
    #expect(users.map(\.groups) == [["It's us"], [], ["It's us"]])
    #expect(
      users.map(\.standing) == [.active, .excluded(reason: "in none of users.groups"), .active])
    #expect(
      graph.kit.health.checks["user groups"]?.state
        == .failing(
          reason: "there is no group Nobody",
          remedy: "correct users.groups or users.tag_groups: an id is safest"))
    task.cancel()
  }
}
