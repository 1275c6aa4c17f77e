// Routes and people are put on hold and taken off it, by an administrator.

import FoundationEssentials
import PluginAPI

extension AdminSite {
  func listPauses(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Answer: Encodable { let pauses: [PauseJSON] }
    return .whole(.json(Answer(pauses: await core.describePauses())))
  }

  func pauseRoute(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let (from, to) = (call.parameters["from"] ?? "", call.parameters["to"] ?? "")
    let routes = await core.routes
    guard routes.contains(where: { $0 == (from, to) }) else {
      let known = routes.map { "\($0.from) → \($0.to)" }.joined(separator: ", ")
      throw APIProblem(
        404, "there is no route \(printable("\(from) → \(to)"))",
        known.isEmpty ? "plugins.yaml has no routes." : "There are: \(known).")
    }
    let wish: PauseWish = try decode(call)
    let pause = try wish.pause(of: .route(from: from, to: to), now: clock.date)
    await core.pause(pause)
    audit.done("pause", call, target: "\(from) → \(to)", detail: pause.terms)
    return .whole(.json(PauseJSON(pause)))
  }

  func resumeRoute(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let (from, to) = (call.parameters["from"] ?? "", call.parameters["to"] ?? "")
    guard await !core.resume(anyOf: [.route(from: from, to: to)]).isEmpty else { throw .notPaused }
    audit.done("resume", call, target: "\(from) → \(to)")
    return .whole(WebResponse(204))
  }

  func pausePerson(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let (user, row) = await person(of: call)
    guard let row else { throw .notFound }
    guard row.standing == .matched else {
      throw APIProblem(
        409, "\(printable(row.name)) is \(row.standing.rawValue): nothing is passed on anyway",
        "Pause somebody who is matched.")
    }
    let wish: PauseWish = try decode(call)
    let pause = try wish.pause(of: .person(plugin: user.plugin, user: user.user), now: clock.date)
    await core.pause(pause, insteadOf: targets(of: row))
    audit.done(
      "pause", call, of: (plugin: user.plugin, user: user.user, name: row.name), detail: pause.terms)
    return .whole(.json(PauseJSON(pause, name: row.name)))
  }

  func resumePerson(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let (user, row) = await person(of: call)
    // Who has left the directories may still be on hold.
    let own = Pause.Target.person(plugin: user.plugin, user: user.user)
    guard await !core.resume(anyOf: [own] + (row.map(targets) ?? [])).isEmpty else { throw .notPaused }
    audit.done(
      "resume", call, of: (plugin: user.plugin, user: user.user, name: row?.name ?? user.user.rawValue))
    return .whole(WebResponse(204))
  }

  private func person(of call: WebCall) async
    -> (user: (plugin: String, user: UserID), row: PeopleTable.Row?)
  {
    let (plugin, user) = (call.parameters["plugin"] ?? "", UserID(call.parameters["user"] ?? ""))
    guard let index = ids.firstIndex(of: plugin) else { return ((plugin, user), nil) }
    return ((plugin, user), await people.row(of: user, in: index))
  }

  private func targets(of row: PeopleTable.Row) -> [Pause.Target] {
    zip(ids, row.users).compactMap { id, user in user.map { .person(plugin: id, user: $0) } }
  }
}

extension Pause {
  /// For the audit log.
  fileprivate var terms: String {
    let end = until.map { "until \(WallTime($0).rfc3339)" } ?? "until it is resumed"
    return ["\(meanwhile.rawValue), \(end)", reason].compactMap { $0 }.joined(separator: ", ")
  }
}
