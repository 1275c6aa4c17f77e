// The user calls of the Graph host: the list in pages, one user, and the changes since the last look.

import FoundationEssentials
import NIOHTTP1

extension GraphService {
  /// How long a delta link works.
  static let deltaSeconds = 7 * 86400.0

  /// `/users…`.
  func users(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    let isGet = call.request.method == .GET
    switch call.words.count {
    case 1 where isGet: return try listUsers(call)
    case 2 where isGet && ["delta", "delta()", "microsoft.graph.delta()"].contains(call.words[1]):
      return try deltaUsers(call)
    case 2 where isGet:
      try call.require(delegated: ["User.Read.All"], application: ["User.Read.All"])
      let selection = try UserSelection(call.query["$select"])
      let index = try find(call.path[1]).index
      return GraphCall.json(selection.json(user(index)))
    case 3 where isGet && call.words[2] == "presence": return try readPresence(call, of: call.path[1])
    case 4 where call.words[2] == "presence":
      guard call.request.method == .POST else { throw .methodNotAllowed }
      return try writePresence(call, of: call.path[1], action: call.words[3])
    case 1, 2: throw .methodNotAllowed
    default: throw .badRequest("Resource not found for the segment '\(call.path.last ?? "")'.")
    }
  }

  private func listUsers(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    try call.require(delegated: ["User.Read.All"], application: ["User.Read.All"])
    let selection = try UserSelection(call.query["$select"])
    let filter = try UserFilter(call.query["$filter"])
    let counts = call.query["$count"]?.lowercased() == "true"
    let isEventual = call.request.headers.first(name: "ConsistencyLevel")?.lowercased() == "eventual"
    if filter.isAdvanced && !(counts && isEventual) { throw UserFilter.notAdvanced }
    if counts && !isEventual {
      throw .badRequest("$count is not currently supported without ConsistencyLevel.")
    }
    let top = try top(call)
    var position = 0
    if let text = call.query["$skiptoken"] {
      guard let token = PageToken(text) else { throw Self.badToken }
      position = token.position
    }
    let entries = directory.withLock { $0.entries }
    var value: [JSONValue] = []
    var index = position
    while index < entries.count, value.count < top {
      let entry = entries[index]
      if !entry.isRemoved, filter.admits(entry.user) { value.append(.object(selection.json(entry.user))) }
      index += 1
    }
    var answer: [String: JSONValue] = [
      "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": .array(value),
    ]
    let hasMore = entries[min(index, entries.count)...].contains { !$0.isRemoved && filter.admits($0.user) }
    if hasMore {
      let token = PageToken(version: 0, position: index, issued: clock.date, top: top)
      answer["@odata.nextLink"] = .string(link("users", call, "$skiptoken", token))
    }
    if counts && call.query["$skiptoken"] == nil {
      answer["@odata.count"] = .number(entries.count { !$0.isRemoved && filter.admits($0.user) })
    }
    return GraphCall.json(JSONValue.object(answer))
  }

  private func deltaUsers(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    try call.require(delegated: ["User.Read.All"], application: ["User.Read.All"])
    guard call.query["$filter"] == nil else { throw UserFilter.invalid }
    let now = clock.date
    let (entries, version) = directory.withLock { ($0.entries, $0.version) }
    let top = try top(call)
    var page = PageToken(version: version, issued: now, top: top, select: call.query["$select"] ?? "")
    let delta = call.query["$deltatoken"] ?? call.query["$deltaToken"]
    if let text = call.query["$skiptoken"] {
      guard let token = PageToken(text) else { throw Self.badToken }
      page = token
    } else if delta == "latest" {
      page.since = version
    } else if let delta {
      guard let token = PageToken(delta) else { throw Self.badToken }
      page = PageToken(
        version: version, since: token.version, issued: now, top: token.top, select: token.select)
      let oldest = max(now - Self.deltaSeconds, deltaLinksSince.withLock { $0 })
      guard token.issued > oldest else {
        throw GraphRefusal(
          410, "syncStateNotFound", "The delta token has expired; a full synchronization is needed.")
      }
    }
    let selection = try UserSelection(page.select)
    var value: [JSONValue] = []
    while page.position < entries.count, value.count < page.top {
      let entry = entries[page.position]
      page.position += 1
      // A change after the start of this round comes again in the next: items may repeat.
      guard entry.version > page.since else { continue }
      if !entry.isRemoved {
        value.append(.object(selection.json(entry.user)))
      } else if page.since > 0 {
        value.append(["id": .string(entry.user.id), "@removed": ["reason": "deleted"]])
      }
    }
    let isLast = page.position >= entries.count
    let address =
      isLast ? link("users/delta", nil, "$deltatoken", page) : link("users/delta", nil, "$skiptoken", page)
    return GraphCall.json(
      [
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": .array(value),
        isLast ? "@odata.deltaLink" : "@odata.nextLink": .string(address),
      ] as JSONValue)
  }

  func top(_ call: GraphCall) throws(GraphRefusal) -> Int {
    guard let text = call.query["$top"] else { return 100 }
    guard let top = Int(text), (1...999).contains(top) else {
      throw GraphRefusal(
        400, "Request_UnsupportedQuery",
        "Invalid page size specified: '\(text)'. Must be between 1 and 999 inclusive.")
    }
    return top
  }

  /// The address of the next page: the options of the request stay, the token is replaced.
  private func link(_ path: String, _ call: GraphCall?, _ name: String, _ token: PageToken) -> String {
    let kept = (call?.query ?? [:]).filter { $0.key != "$skiptoken" }.sorted { $0.key < $1.key }
    let options = kept.map { "\($0.key)=\(FormFields.percentEncoded($0.value))" } + ["\(name)=\(token.text)"]
    return "\(baseURL)/v1.0/\(path)?\(options.joined(separator: "&"))"
  }

  private static let badToken = GraphRefusal.badRequest("The token of the link is not valid.")
}
