// The directory: the filtered list with its pages and progress, then changes, and the list again when a mark is old.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct DirectoryTests {
  static let plan = "57ff2da0-773e-42df-b2af-ffb7a2317929"
  static func user(_ id: String, enabled: Bool = true, licensed: Bool = true) -> String {
    let plans = licensed ? #"[{"servicePlanId":"\#(plan)","capabilityStatus":"Enabled"}]"# : "[]"
    return #"{"id":"\#(id)","displayName":"P \#(id)","userPrincipalName":"\#(id)@Contoso.example","#
      + #""mail":"\#(id)@Mail.example","accountEnabled":\#(enabled),"assignedPlans":\#(plans)}"#
  }
  static func entry(_ id: String, _ standing: DirectoryUser.Standing = .active) -> DirectoryUser {
    DirectoryUser(
      id: UserID(id), displayName: "P \(id)",
      identities: [
        Identity(.email, "\(id)@mail.example"), Identity(.upn, "\(id)@contoso.example"),
        Identity(.name, "P \(id)"),
      ], standing: standing)
  }
  static let link = "\(FakeGraph.graph)/users/delta?$deltatoken="

  /// Published changes as text, for short expectations.
  static func texts(_ changes: [DirectoryChange]) -> [String] {
    changes.map { change in
      switch change {
      case .snapshot(let users): "snapshot \(users.map(\.id.rawValue).joined(separator: " "))"
      case .upsert(let users): "upsert \(users.map { "\($0.id) \($0.standing)" }.joined(separator: " "))"
      case .remove(let users): "remove \(users.map(\.rawValue).joined(separator: " "))"
      }
    }
  }

  @Test func whereNobodyHasAPlanItIsSaidWhereToLook() async throws {
    let graph = FakeGraph { request in
      if request.url.contains("/users/delta") {
        return .json(#"{"value":[],"@odata.deltaLink":"\#(Self.link)1"}"#)
      }
      return request.url.contains("/users?") ? .json(#"{"@odata.count":0,"value":[]}"#) : nil
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    let task = Task { try await plugin.publishDirectory(to: RecordingDirectory()) }
    let detail = "0 users: no enabled Teams plan found, see users.service_plans"
    #expect(await eventually { graph.kit.health.checks["users"]?.state == .ok(detail: detail) })
    task.cancel()
    _ = try? await task.value
  }

  @Test func pagesProgressAndStandings() async throws {
    #expect(Set(Self.entry("a").identities.map(\.kind)) == Microsoft365Plugin.identityKinds)
    let gate = AsyncStream.makeStream(of: Void.self)
    let graph = FakeGraph { request in
      if request.url.contains("/users/delta") {
        return .json(#"{"value":[],"@odata.deltaLink":"\#(Self.link)1"}"#)
      }
      if request.url.contains("skip") {
        for await _ in gate.stream { break }
        return .json(#"{"value":[\#(Self.user("c"))]}"#)
      }
      if request.url.contains("/users?") {
        return .json(
          #"{"@odata.count":1951,"value":[\#(Self.user("A")),\#(Self.user("b", enabled: false))],"#
            + #""@odata.nextLink":"\#(FakeGraph.graph)/users?$skiptoken=x&$skip"}"#)
      }
      return nil
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    let directory = RecordingDirectory()
    let task = Task { try await plugin.publishDirectory(to: directory) }
    #expect(await eventually { graph.kit.health.checks["users"] != nil })
    #expect(graph.kit.health.checks["users"]?.state == .pending(progress: "2 of 1,951 users"))
    gate.continuation.yield()
    #expect(await eventually { !directory.changes.isEmpty })
    guard case .snapshot(let users) = directory.changes[0] else { throw CancellationError() }
    var first = Self.entry("a")
    first.displayName = "P A"
    first.identities[2] = Identity(.name, "P A")
    #expect(users == [first, Self.entry("b", .excluded(reason: "account disabled")), Self.entry("c")])
    #expect(await eventually { graph.kit.health.checks["users"]?.state == .ok(detail: "3 users") })
    task.cancel()

    let list = try #require(graph.http.requests.first { $0.url.contains("/users?") })
    let query = formDecode(list.url.split(separator: "?").last!)
    #expect(
      query == "$select=id,userPrincipalName,displayName,mail,accountEnabled,assignedPlans&$filter="
        + "assignedPlans/any(p:p/servicePlanId eq \(Self.plan) and p/capabilityStatus eq 'Enabled') or "
        + "assignedPlans/any(p:p/servicePlanId eq 304767db-7d23-49e8-a945-4a7eb65f9f28 and p/capabilityStatus eq "
        + "'Enabled')"
        + "&$count=true&$top=999")
    for request in graph.http.requests where request.url.contains("/users?") {
      #expect(request.header("ConsistencyLevel") == "eventual", "also on the next pages")
    }
    #expect(graph.calls[0].hasPrefix("GET /users/delta?"), "the mark is set before the list is read")
    #expect(graph.calls[0].hasSuffix("&$deltaToken=latest"))
  }

  @Test func changesAreLookedUpOneByOne() async throws {
    let step = Locked(0)
    let graph = FakeGraph { request in
      switch request.url.dropFirst(FakeGraph.graph.count) {
      case let path where path.hasPrefix("/users?"):
        return .json(#"{"value":[\#(Self.user("a")),\#(Self.user("b"))]}"#)
      case "/users/delta?$deltatoken=1":
        return .json(
          #"{"value":[{"id":"a"},{"id":"n"},{"id":"x"},{"id":"b","@removed":{"reason":"changed"}}],"#
            + #""@odata.nextLink":"\#(Self.link)1b"}"#)
      case "/users/delta?$deltatoken=1b":
        return .json(#"{"value":[{"id":"a","displayName":null}],"@odata.deltaLink":"\#(Self.link)2"}"#)
      case "/users/delta?$deltatoken=2":
        return step.withLock {
          $0 += 1
          return $0 == 1 ? HTTPResponse(status: 503) : HTTPResponse(status: 410)
        }
      case let path where path.hasPrefix("/users/delta"):
        return .json(#"{"value":[],"@odata.deltaLink":"\#(Self.link)1"}"#)
      case let path where path.hasPrefix("/users/a?"): return .json(Self.user("a", licensed: false))
      case let path where path.hasPrefix("/users/n?"): return .json(Self.user("n"))
      case let path where path.hasPrefix("/users/x?"): return .json(Self.user("x", licensed: false))
      default: return nil
      }
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    let directory = RecordingDirectory()
    let clock = graph.kit.clock
    let task = Task { try await plugin.publishDirectory(to: directory) }
    await clock.sleepers(atLeast: 1)
    clock.advance(by: .seconds(20))
    #expect(await eventually { directory.changes.count == 3 })
    #expect(
      Self.texts(directory.changes) == [
        "snapshot a b", #"upsert a unlicensed(reason: "no Teams licence") n active"#, "remove b",
      ])
    #expect(graph.kit.health.checks["users"]?.state == .ok(detail: "2 users"))
    await clock.sleepers(atLeast: 1)
    clock.advance(by: .seconds(20))  // 503
    #expect(await eventually { step.withLock { $0 == 1 } })
    await clock.sleepers(atLeast: 1)
    clock.advance(by: .seconds(2))  // its back-off
    await clock.sleepers(atLeast: 1)
    clock.advance(by: .seconds(20))  // 410: everything again
    #expect(await eventually { directory.changes.count == 4 })
    #expect(Self.texts(directory.changes).last == "snapshot a b")
    task.cancel()
  }

  @Test func aRefusalIsACheckWithItsRemedyAndIsTriedAgain() async {
    let (count, log) = (Locked(0), NotedLog())
    let graph = FakeGraph { request in
      guard request.url.contains("/users") else { return nil }
      let number = count.withLock { count in
        count += 1
        return count
      }
      return .json(
        #"{"error":{"code":"Authorization_RequestDenied","message":"no"}}"#, status: 403,
        headers: [("request-id", "r-\(number)")])
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()], log: log)
    let task = Task { try await plugin.publishDirectory(to: RecordingDirectory()) }
    await graph.kit.clock.sleepers(atLeast: 1)
    #expect(
      graph.kit.health.checks["users"]?.state
        == .failing(
          reason: "HTTP 403 Authorization_RequestDenied on user_changes: no (request-id r-1)",
          remedy: "grant User.Read.All with admin consent to application \(FakeGraph.reader)"))
    graph.kit.clock.advance(by: .seconds(2))
    func levels() -> [String] {
      log.lines.filter { $0.contains("Reading users failed") }.map { String($0.prefix { $0 != ":" }) }
    }
    #expect(await eventually { levels().count == 2 })
    #expect(levels() == ["warning", "debug"], "the same trouble is told once")
    task.cancel()
  }

  @Test func withoutDeltaTheListIsReadAgain() async {
    let graph = FakeGraph { request in
      if request.url.contains("/users/delta") { return HTTPResponse(status: 400) }
      return request.url.contains("/users?") ? .json(#"{"value":[\#(Self.user("a"))]}"#) : nil
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    let directory = RecordingDirectory()
    let task = Task { try await plugin.publishDirectory(to: directory) }
    await graph.kit.clock.sleepers(atLeast: 1)
    graph.kit.clock.advance(by: .seconds(20))
    #expect(await eventually { directory.changes.count == 2 })
    #expect(Self.texts(directory.changes) == ["snapshot a", "snapshot a"])
    task.cancel()
  }

  @Test func whoReadsTheDirectory() async throws {
    // Only writing: the writing application reads the users.
    let graph = FakeGraph()
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    let task = Task { try await plugin.publishDirectory(to: RecordingDirectory()) }
    #expect(await eventually { !graph.tokenRequests.isEmpty })
    #expect(graph.tokenRequests[0].text.contains("client_id=\(FakeGraph.writer)"))
    task.cancel()
  }

  @Test func severalPlansAreOneFilter() {
    let graph = FakeGraph()
    let options = graph.options(["read": FakeGraph.readSection()])
    let list = UserList(
      graph: graph.client(options), signIns: { [] }, plans: ["p1", "p2"], moreFields: ["city"])
    #expect(list.firstPage.target.contains("assignedPlans,city&"))
    #expect(
      formDecode(list.firstPage.target).contains(
        "$filter=assignedPlans/any(p:p/servicePlanId eq p1 and p/capabilityStatus eq 'Enabled') or "
          + "assignedPlans/any(p:p/servicePlanId eq p2 and p/capabilityStatus eq 'Enabled')&"))
  }
}
