// Reading by polling alone: requests to Graph and the time until a change is seen are what the arithmetic says.

import FoundationEssentials
import Microsoft365
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(3))) struct PollingArithmeticTests {
  /// A tenant that answers for everybody, and counts.
  private final class Tenant: Sendable {
    struct State {
      var words: [String: String] = [:]
      var requests = 0
      var largest = 0
    }
    let state = PluginTestKit.Locked(State())

    func answer(_ request: HTTPRequest) -> HTTPResponse {
      guard request.url.hasSuffix("/getPresencesByUserId") else {
        return HTTPResponse(
          status: 200, body: Array(#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#.utf8))
      }
      let ids =
        (try? JSONDecoder().decode([String: [String]].self, from: Data(request.body ?? [])))?["ids"] ?? []
      return state.withLock { state in
        state.requests += 1
        state.largest = max(state.largest, ids.count)
        let values = ids.map { id in
          let word = state.words[id] ?? "Available"
          return #"{"id":"\#(id)","availability":"\#(word)","activity":"\#(word)"}"#
        }
        return HTTPResponse(status: 200, body: Array(#"{"value":[\#(values.joined(separator: ","))]}"#.utf8))
      }
    }
  }

  @Test(arguments: [(650, 3), (1951, 12), (10_000, 48)])
  func requestsAMinuteAndDetection(_ people: Int, _ perMinute: Int) async throws {
    let tenant = Tenant()
    let kit = RecordingContext(http: ScriptedHTTPClient { tenant.answer($0) })
    let plugin = Microsoft365Plugin(
      config: TestConfig([
        "tenant": "11111111-2222-3333-4444-555555555555",
        "read": ["mode": "poll", "client_id": "app", "client_secret": "env:secret"],
      ]).section, context: kit.context())
    let users = (0..<people).map { UserID("u\($0)") }
    var plan = PollPlan(
      limits: plugin.pollLimits, interval: plugin.pollInterval, seed: 1, now: kit.clock.now)
    plan.watch(Set(users), now: kit.clock.now)
    var changed: [UserID: (word: Presence, at: Moment)] = [:]
    var latencies: [Double] = []
    var numbers = SystemRandomNumberGenerator()
    var atTheStartOfTheLastMinute = 0
    // Few enough that hardly anybody changes twice before it is seen.
    let changesInAStep = max(1, people / 2000)
    for step in 0..<(3 * 60 * 4) {
      if step == 2 * 60 * 4 { atTheStartOfTheLastMinute = tenant.state.withLock { $0.requests } }
      for _ in 0..<changesInAStep {
        guard let user = users.randomElement(using: &numbers), changed[user] == nil else { continue }
        let away = tenant.state.withLock { state in
          let word = state.words[user.rawValue] == "Away" ? "Busy" : "Away"
          state.words[user.rawValue] = word
          return word == "Away"
        }
        changed[user] = (Presence(away ? .away : .busy), kit.clock.now)
      }
      kit.clock.advance(by: .milliseconds(250))
      while let batch = plan.next(now: kit.clock.now) {
        for event in try await plugin.poll(batch) where changed[event.user]?.word == event.presence {
          latencies.append((kit.clock.now - changed[event.user]!.at).inSeconds)
          changed[event.user] = nil
        }
        plan.finished()
      }
    }
    let (requests, largest) = tenant.state.withLock { ($0.requests, $0.largest) }
    #expect(requests - atTheStartOfTheLastMinute == perMinute)
    #expect(largest == 650)
    #expect(latencies.count > 500)
    let mean = latencies.reduce(0, +) / Double(latencies.count)
    #expect((9...11).contains(mean), "half of the interval: \(mean)")
    #expect(latencies.max()! <= 20.25, "never more than the interval")
  }
}
