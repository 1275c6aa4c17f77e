// The group calls of the Graph host: one by id or name, and its members, nested ones included.

import FoundationEssentials
import NIOHTTP1

/// A group of the tenant. Its members are users, by object id, and other groups.
public struct GraphGroup: Sendable, Hashable {
  public let id: String
  public var displayName: String
  public var users: [String]
  public var groups: [String]

  public init(id: String, displayName: String, users: [String] = [], groups: [String] = []) {
    self.id = id.lowercased()
    self.displayName = displayName
    self.users = users.map { $0.lowercased() }
    self.groups = groups.map { $0.lowercased() }
  }
}

extension GraphService {
  /// Adds the group, or replaces the one with its id.
  public func setGroup(_ group: GraphGroup) {
    groups.withLock { groups in
      groups.removeAll { $0.id == group.id }
      groups.append(group)
    }
  }

  /// `/groups…`.
  func groups(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    guard call.request.method == .GET else { throw .methodNotAllowed }
    let permissions = ["GroupMember.Read.All", "Group.Read.All"]
    try call.require(delegated: permissions, application: permissions)
    let all = groups.withLock { $0 }
    if call.words.count == 1 { return try listGroups(call, all) }
    guard let group = all.first(where: { $0.id == call.words[1] }) else { throw .noResource(call.path[1]) }
    switch call.words.dropFirst(2).first {
    case nil: return GraphCall.json(Self.json(group))
    case "members" where call.words.count == 3:
      return try page(call, users: group.users, groups: group.groups)
    case "transitivemembers" where call.words.count == 3:
      let inner = Self.inner(of: group, all)
      var seen: Set<String> = []
      let users = ([group] + inner).flatMap(\.users).filter { seen.insert($0).inserted }
      return try page(call, users: users, groups: inner.map(\.id))
    default: throw .badRequest("Resource not found for the segment '\(call.path.last ?? "")'.")
    }
  }

  private func listGroups(_ call: GraphCall, _ all: [GraphGroup]) throws(GraphRefusal) -> ServerAnswer {
    var found = all
    if let filter = call.query["$filter"] {
      guard let name = filter.wholeMatch(of: /displayName eq '((?:[^']|'')*)'/)?.output.1 else {
        throw UserFilter.invalid
      }
      let wanted = name.replacing("''", with: "'").lowercased()
      found = all.filter { $0.displayName.lowercased() == wanted }
    }
    let shown = found.prefix(try top(call)).map { Self.json($0) }
    return GraphCall.json(
      ["@odata.context": "https://graph.microsoft.com/v1.0/$metadata#groups", "value": .array(shown)]
        as JSONValue)
  }

  private func page(_ call: GraphCall, users: [String], groups: [String]) throws(GraphRefusal) -> ServerAnswer
  {
    let members =
      users.map { ("#microsoft.graph.user", $0) } + groups.map { ("#microsoft.graph.group", $0) }
    let top = try top(call)
    let from = min(call.query["$skiptoken"].flatMap { Int($0) } ?? 0, members.count)
    let to = min(from + top, members.count)
    var answer: [String: JSONValue] = [
      "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#directoryObjects",
      "value": .array(members[from..<to].map { ["@odata.type": .string($0.0), "id": .string($0.1)] }),
    ]
    if to < members.count {
      answer["@odata.nextLink"] = .string(
        "\(baseURL)/v1.0/\(call.path.joined(separator: "/"))?$top=\(top)&$skiptoken=\(to)")
    }
    return GraphCall.json(JSONValue.object(answer))
  }

  /// The groups inside, at any depth.
  private static func inner(of group: GraphGroup, _ all: [GraphGroup]) -> [GraphGroup] {
    var result: [GraphGroup] = []
    var waiting = group.groups
    while let id = waiting.popLast() {
      guard id != group.id, !result.contains(where: { $0.id == id }),
        let next = all.first(where: { $0.id == id })
      else { continue }
      result.append(next)
      waiting += next.groups
    }
    return result
  }

  private static func json(_ group: GraphGroup) -> JSONValue {
    ["id": .string(group.id), "displayName": .string(group.displayName)]
  }
}
