// Asks Graph for the presence of up to 650 people at once.

import FoundationEssentials
import PluginAPI

struct PresencePoll: Sendable {
  /// Ids in one call, https://learn.microsoft.com/en-us/graph/api/cloudcommunications-getpresencesbyuserid
  static let maxUsers = 650
  static let checkName = "polling"

  private struct Body: Encodable { let ids: [String] }
  private struct Answer: Decodable { let value: [GraphPresence] }

  let graph: GraphClient
  let signIns: @Sendable () async -> [SignIn]
  let context: PluginContext
  let memory: PresenceMemory
  let book: SubscriptionBook
  let words: UnknownWords
  let watch: WriteWatch
  /// Whether polling is the way of reading now, not only its repair.
  let isMain: @Sendable () async -> Bool

  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] {
    guard !users.isEmpty else { return [] }
    let ticket = await memory.open()
    let asked = context.clock.now
    let body = try? JSONEncoder().encode(Body(ids: users.prefix(Self.maxUsers).map(\.rawValue)))
    let request = GraphRequest(
      call: .getPresences, method: "POST", target: "/communications/getPresencesByUserId",
      body: body.map(Array.init) ?? [])
    let answer: Answer
    do throws(GraphError) { answer = try await graph.fetch(Answer.self, request, as: await signIns()) } catch
    {
      let failure = error.failure
      await report(.failing(reason: failure.reason, remedy: failure.hint))
      throw failure
    }
    await report(.ok(detail: nil))
    let unknown = answer.value.flatMap(\.unknownWords)
    if !unknown.isEmpty { await words.note(unknown) }
    let (events, judgeAt) = await memory.polled(answer.value, ticket)
    if let judgeAt { await book.tell(.suspicion(judgeAt: judgeAt)) }
    return await watch.saw(events, asked: asked)
  }

  private func report(_ state: Check.State) async {
    context.health.report(Check(Self.checkName, state, required: await isMain()))
  }
}
