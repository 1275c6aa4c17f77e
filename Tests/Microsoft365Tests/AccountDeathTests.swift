// 1,951 people and four accounts, one of which dies for some minutes: covered by polls at once, by pushes when it is
// back, and no change lost.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(3))) struct AccountDeathTests {
  /// What everybody shows, and when whoever reads it has seen it.
  private final class World: Sendable {
    let words = Locked<[String: String]>([:])

    func presences(_ request: HTTPRequest) -> HTTPResponse {
      let ids =
        (try? JSONDecoder().decode([String: [String]].self, from: Data(request.body ?? [])))?["ids"] ?? []
      let values = words.withLock { words in
        ids.map { id in
          let word = words[id] ?? "Available"
          return #"{"id":"\#(id)","availability":"\#(word)","activity":"\#(word)"}"#
        }
      }
      return .json(#"{"value":[\#(values.joined(separator: ","))]}"#)
    }
  }

  @Test func noChangeIsLost() async throws {
    let accounts = (1...4).map { "sync\($0)@contoso.example" }
    let people = SubscriptionPlanTests.people(0..<1951)
    let (world, fake) = (World(), FakeSubscriptions())
    let graph = FakeGraph { request in
      if let refusal = fake.refusal(request) { return refusal }
      return request.url.hasSuffix("/getPresencesByUserId")
        ? world.presences(request) : try await fake.answer(request)
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection(accounts: accounts)])
    guard case .http(let handler)? = plugin.routes.first?.handler else { return }
    fake.state.withLock { $0.handler = handler }
    let clock = graph.kit.clock
    var check: Check.State? { graph.kit.health.checks["subscriptions"]?.state }
    let task = Task { try await plugin.stream(ManualRoster(people)) }
    let all = Check.State.ok(detail: "1,951 people in 4 subscriptions")
    #expect(await clock.pass(within: SubscriptionPlan.settle) { check == all })
    #expect(fake.made.map(\.users.count).sorted() == [1, 650, 650, 650])

    // The core, as far as it matters here: polls whom the plugin asks for, remembers what it is told.
    var (seen, polls, events): ([UserID: Presence], Int, Int) = ([:], 0, 0)
    var changedAt: [String: Moment] = [:]
    var worst = Duration.zero
    func note(_ event: PresenceEvent) {
      seen[event.user] = event.presence
      guard let at = changedAt[event.user.rawValue],
        let word = world.words.withLock({ $0[event.user.rawValue] }),
        event.presence == GraphPresence(availability: word, activity: word).presence
      else { return }
      worst = max(worst, clock.now - at)
      changedAt[event.user.rawValue] = nil
    }
    func core() async throws {
      while polls < graph.kit.inlet.requestedPolls.count {
        let asked = graph.kit.inlet.requestedPolls[polls] ?? people.sorted()
        polls += 1
        for from in stride(from: 0, to: asked.count, by: 650) {
          for event in try await plugin.poll(Array(asked[from..<min(from + 650, asked.count)])) {
            note(event)
          }
        }
      }
      let told = graph.kit.inlet.events
      for event in told[events...] { note(event) }
      events = told.count
    }
    /// Some time in which three people change, told by whoever watches them.
    func live(_ number: Int, for step: Duration) async throws {
      for change in 0..<3 {
        let user = people.randomElement()!.rawValue
        let word = ["Busy", "Away", "DoNotDisturb", "Available"][(number + change) % 4]
        guard world.words.withLock({ $0.updateValue(word, forKey: user) }) != word else { continue }
        changedAt[user] = clock.now
        for made in fake.made where made.users.contains(user) {
          let item = try made.item(user, word, word)
          let date = clock.date.timeIntervalSince1970
          let token = try Notary.shared.token(Notary.Claims(exp: date + 600, nbf: date - 600))
          let body = #"{"value":[\#(item)],"validationTokens":["\#(token)"]}"#
          #expect(await handler(WebRequest(method: "POST", path: "/", body: Array(body.utf8))).status == 202)
        }
      }
      try await core()
      clock.advance(by: step)
      for _ in 0..<100 { await Task.yield() }
    }

    var number = 0
    func run(_ seconds: Int, step: Int = 1, until done: () -> Bool = { false }) async throws -> Int {
      for passed in stride(from: 0, to: seconds, by: step) {
        if done() { return passed }
        number += 1
        try await live(number, for: .seconds(step))
      }
      return seconds
    }
    _ = try await run(90)
    #expect(check == all)
    #expect(worst < .seconds(2), "pushed")

    // The account that also signs in for the polls.
    let share = Set(try #require(fake.made.first { $0.account == accounts[0] }).users.map { UserID($0) })
    fake.kill(accounts[0])
    let before = polls
    let noticed = try await run(120) {
      graph.kit.inlet.requestedPolls.dropFirst(before).contains { share.isSubset(of: $0 ?? []) }
    }
    #expect(noticed <= 62, "a look a minute tells: \(noticed) s")
    _ = try await run(120)
    if case .failing(let reason, _)? = check {
      #expect(reason.hasPrefix("\(accounts[0]): ") && reason.hasSuffix("of 1,951 people are polled"))
    } else {
      Issue.record("\(String(describing: check))")
    }
    // What fits moved to the account with room; the rest is polled.
    #expect(fake.made.map(\.users.count) == [650, 650, 650])

    fake.revive(accounts[0])
    // A refused sign-in is tried again within the hour, not earlier.
    let back = try await run(3700, step: 20) { check == all }
    #expect(back < 3700, "\(String(describing: check))")
    _ = try await run(60)
    // Everybody has been seen as they are.
    for _ in 0..<30 where !changedAt.isEmpty {
      try await core()
      clock.advance(by: .seconds(1))
      for _ in 0..<100 { await Task.yield() }
    }
    #expect(changedAt.isEmpty, "\(changedAt.count) changes were lost")
    #expect(worst <= .seconds(70), "\(worst)")
    task.cancel()
    try await task.value
  }
}
