// The requests that read the directory: the whole list of Teams users, changes since then, one user.

import PluginAPI

struct UserList: Sendable {
  let graph: GraphClient
  let signIns: @Sendable () async -> [SignIn]
  let plans: [String]
  /// Of users, beyond those that are always read.
  var moreFields: [String] = []

  var fields: [String] { [GraphUser.fields] + moreFields }
  private var select: String { "$select=\(fields.joined(separator: ","))" }

  /// Only users with Teams. An advanced query: eventual consistency, and a count (GET /users, C.9).
  var firstPage: GraphRequest {
    let conditions = plans.map {
      "assignedPlans/any(p:p/servicePlanId eq \($0) and p/capabilityStatus eq 'Enabled')"
    }
    let filter = percentEncode(conditions.joined(separator: " or "))
    return GraphRequest(
      call: .listUsers, method: "GET", target: "/users?\(select)&$filter=\(filter)&$count=true&$top=999",
      headers: [("ConsistencyLevel", "eventual")], timeout: .seconds(60))
  }

  /// `1,951 users`; that there is none has a cause.
  static func detail(_ count: Int) -> String {
    count == 0 ? "0 users: no enabled Teams plan found, see users.service_plans" : "\(grouped(count)) users"
  }

  /// Reads all pages; `progress` is called after each with the users so far and the total, where Graph tells it.
  func all(progress: (Int, Int?) -> Void) async throws(GraphError) -> (users: [GraphUser], pages: Int) {
    var users: [GraphUser] = []
    var (total, pages): (Int?, Int) = (nil, 0)
    try await graph.pages(firstPage, of: GraphUser.self, as: await signIns()) { page in
      users += page.value
      total = total ?? page.count
      pages += 1
      progress(users.count, total)
    }
    return (users, pages)
  }

  /// A link from which changes can be read from now on.
  func changesFromNow() async throws(GraphError) -> String {
    let target = "/users/delta?\(select)&$deltaToken=latest"
    return try await changes(since: target).next
  }

  /// What changed since `link`, at most once each, and the link for the next time.
  func changes(
    since link: String
  ) async throws(GraphError) -> (changed: Set<String>, removed: Set<String>, next: String) {
    var changed: Set<String> = []
    var removed: Set<String> = []
    var next: String?
    let request = GraphRequest(call: .userChanges, method: "GET", target: link, timeout: .seconds(60))
    try await graph.pages(request, of: GraphUser.self, as: await signIns()) { page in
      for user in page.value {
        if user.removed == nil {
          changed.insert(user.id)
          removed.remove(user.id)
        } else {
          removed.insert(user.id)
          changed.remove(user.id)
        }
      }
      next = page.deltaLink
    }
    guard let next else { throw .unreadable("the changes of users lead nowhere") }
    return (changed, removed, next)
  }

  /// One user now, or nil when there is none any more.
  func user(_ id: String) async throws(GraphError) -> GraphUser? {
    let request = GraphRequest(
      call: .userChanges, method: "GET", target: "/users/\(percentEncode(id))?\(select)")
    do { return try await graph.fetch(GraphUser.self, request, as: await signIns()) } catch {
      if error.status == 404 { return nil }
      throw error
    }
  }
}
