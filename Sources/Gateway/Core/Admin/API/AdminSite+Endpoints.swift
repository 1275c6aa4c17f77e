// What each address of the API does.

import FoundationEssentials
import PluginAPI

extension AdminSite {
  // MARK: Session

  func session(_ call: WebCall) async throws(APIProblem) -> WebAnswer { .whole(.json(access.status(call))) }

  func signIn(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Body: Decodable { let password: String }
    let body: Body = try decode(call)
    let cookie = try await access.signIn(body.password, call)
    return .whole(WebResponse(204, headers: [("set-cookie", cookie)]))
  }

  func signOut(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let cookie = access.signOut(call)
    events.wakeReaders()
    return .whole(WebResponse(204, headers: [("set-cookie", cookie)]))
  }

  // MARK: Overview

  func overview(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    .whole(.json(await status.overview(problems, now: clock.date)))
  }

  func retry(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    tryAgain()
    audit.done("try again what was refused", call)
    return .whole(WebResponse(204))
  }

  // MARK: Accounts

  func listAccounts(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Answer: Encodable {
      /// The plugins that accounts can be added to.
      let plugins: [String]
      let accounts: [AccountDesk.AccountJSON]
      let signIns: [AccountDesk.SignInJSON]
    }
    return .whole(
      .json(
        Answer(
          plugins: accounts.ids, accounts: await accounts.list(), signIns: await accounts.allSignIns)))
  }

  func addAccount(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Body: Decodable {
      let name: String
      /// Without one a device code is asked for.
      let password: String?
    }
    let plugin = call.parameters["plugin"] ?? ""
    guard accounts.ids.contains(plugin) else { throw .notFound }
    let body: Body = try decode(call)
    guard (1...200).contains(body.name.utf8.count),
      body.name.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { throw APIProblem(400, "the name is none", "Give the account's user name, without spaces.") }
    let target = "\(plugin) \(body.name)"
    do throws(APIProblem) {
      guard let password = body.password else {
        let signIn = try await accounts.begin(body.name, with: plugin) { [audit] problem in
          let action = "sign in by device code"
          if let problem {
            audit.refused(action, call, target: target, problem.reason)
          } else {
            audit.done(action, call, target: target)
          }
        }
        audit.done("begin sign-in by device code", call, target: target)
        return .whole(.json(signIn, status: 202))
      }
      guard !password.isEmpty else { throw APIProblem(400, "the password is empty", "Type the password.") }
      try await accounts.add(body.name, password: password, to: plugin)
    } catch {
      audit.refused("add account", call, target: target, error.reason)
      throw error
    }
    audit.done("add account", call, target: target)
    return .whole(WebResponse(204))
  }

  func removeAccount(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let (plugin, account) = (call.parameters["plugin"] ?? "", call.parameters["account"] ?? "")
    let target = "\(plugin) \(printable(account))"
    do throws(APIProblem) { try await accounts.remove(account, from: plugin) } catch {
      audit.refused("remove account", call, target: target, error.reason)
      throw error
    }
    audit.done("remove account", call, target: target)
    return .whole(WebResponse(204))
  }

  func signInProgress(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    guard let signIn = await accounts.signIn(call.parameters["id"] ?? "") else { throw .notFound }
    return .whole(.json(signIn))
  }

  func cancelSignIn(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let id = call.parameters["id"] ?? ""
    guard let signIn = await accounts.signIn(id) else { throw .notFound }
    await accounts.cancel(id)
    audit.done("cancel sign-in", call, target: "\(signIn.plugin) \(signIn.account)")
    return .whole(WebResponse(204))
  }

  // MARK: Events

  func listEvents(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Answer: Encodable { let events: [EventLog.Entry] }
    let query = try APIQuery(call)
    let kind: EventLog.Kind? = try query.word("kind")
    let level: EventLog.Level? = try query.word("level")
    let search = try query.text("search")?.lowercased()
    let limit = try query.number("limit", default: 200, in: 1...EventLog.capacity)
    let after = try query.number("after", default: 0, in: 0...EventLog.greatestID)
    let found = events.newest(limit, after: after) { event in
      if let kind, event.kind != kind { return false }
      if let level, event.level != level { return false }
      guard let search else { return true }
      return [event.message, event.detail, event.name, event.plugin, event.user].contains {
        $0?.lowercased().contains(search) == true
      }
    }
    return .whole(.json(Answer(events: found)))
  }

  func followEvents(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let query = try APIQuery(call)
    let named = try query.optionalNumber("after", in: 0...EventLog.greatestID)
    // The header is the browser's own when it comes back: it has seen more than its address says.
    guard let feed = events.follow(after: call.header("last-event-id").flatMap { Int($0) } ?? named) else {
      throw APIProblem(503, "too many pages are listening", "Close one of them.")
    }
    return feed.answer(while: access.lasting(call))
  }

  // MARK: Bodies

  func decode<Body: Decodable>(_ call: WebCall) throws(APIProblem) -> Body {
    let type = (call.header("content-type") ?? "").lowercased().prefix { $0 != ";" }
    guard type == "application/json" else {
      throw APIProblem(415, "the body is no JSON", "Send it with Content-Type: application/json.")
    }
    do { return try JSONDecoder().decode(Body.self, from: Data(call.request.body)) } catch {
      throw APIProblem(
        400, "the body is not what is expected here", "/api/openapi.json describes it.")
    }
  }
}
