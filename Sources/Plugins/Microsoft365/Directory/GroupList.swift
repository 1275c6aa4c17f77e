// The requests that read groups: one by id or name, and its members, nested ones included.

import PluginAPI

/// Source: https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers
struct GroupList: Sendable {
  private struct Group: Decodable {
    var id: String
    var displayName: String?
  }
  private struct Member: Decodable {
    var id: String
    var type: String?
    enum CodingKeys: String, CodingKey {
      case id
      case type = "@odata.type"
    }
  }

  let graph: GraphClient
  let signIns: @Sendable () async -> [SignIn]

  /// The members of each group, and what is wrong with groups that have none therefore.
  func members(
    of groups: [String]
  ) async throws(GraphError) -> (members: [String: UserTable.Members], problems: [String]) {
    var members: [String: UserTable.Members] = [:]
    var problems: [String] = []
    for group in groups {
      let found = try await find(group)
      guard found.count == 1, let one = found.first else {
        problems.append(found.isEmpty ? "there is no group \(group)" : "several groups are called \(group)")
        continue
      }
      members[group] = .init(name: one.displayName ?? group, users: try await users(of: one.id))
    }
    return (members, problems)
  }

  private func find(_ group: String) async throws(GraphError) -> [Group] {
    if isGUID(group) {
      let target = "/groups/\(group)?$select=id,displayName"
      let request = GraphRequest(call: .listGroups, method: "GET", target: target)
      do throws(GraphError) {
        return [try await graph.fetch(Group.self, request, as: await signIns())]
      } catch {
        if error.status == 404 { return [] }
        throw error
      }
    }
    let filter = percentEncode("displayName eq '\(group.replacing("'", with: "''"))'")
    let request = GraphRequest(
      call: .listGroups, method: "GET", target: "/groups?$select=id,displayName&$filter=\(filter)&$top=2")
    return try await graph.fetch(GraphPage<Group>.self, request, as: await signIns()).value
  }

  private func users(of id: String) async throws(GraphError) -> Set<UserID> {
    let request = GraphRequest(
      call: .listMembers, method: "GET",
      target: "/groups/\(percentEncode(id))/transitiveMembers?$select=id&$top=999", timeout: .seconds(60))
    let members = try await graph.list(request, of: Member.self, as: await signIns())
    let users = members.filter { $0.type?.lowercased().hasSuffix(".user") ?? true }
    return Set(users.map { UserID($0.id.lowercased()) })
  }
}
