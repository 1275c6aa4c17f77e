// Tries every link to Microsoft in the order in which they depend on each other; changes nobody's presence.

import FoundationEssentials
import PluginAPI

struct TenantProbe: Sendable {
  /// More, and Microsoft refuses assertions and subscriptions.
  static let clockTolerance = 60.0

  let options: Options
  let context: PluginContext
  let wiring: Wiring

  func run(_ tell: @Sendable (ProbeResult) -> Void) async {
    await wiring.register?.reload()
    await reach(.login, tell)
    await reach(.graph, tell)
    if let read = options.read {
      for signIn in await wiring.accounts.signIns { await probe(signIn, read, tell) }
      if await wiring.accounts.signIns.isEmpty {
        tell(
          ProbeResult(
            "accounts", .failed(reason: "there is nobody to read with", remedy: "add one under read.accounts")
          ))
      }
    }
    if let writing = wiring.writing { _ = await token(writing, tell) }
    await countUsers(tell)
  }

  // MARK: Links

  private enum Side: String { case login, graph }

  /// Any answer shows that name, route and TLS are right; its date shows whether our clock is.
  private func reach(_ side: Side, _ tell: (ProbeResult) -> Void) async {
    let (host, path) =
      switch side {
      case .login:
        (options.cloud.login, "\(percentEncode(options.tenant))/v2.0/.well-known/openid-configuration")
      case .graph: (options.cloud.graph, "v1.0/users?$top=1")
      }
    let name = "\(side.rawValue) host \(host.split(separator: "/").last.map(String.init) ?? host)"
    let response: HTTPResponse
    do {
      response = try await context.http.send(
        HTTPRequest(
          "GET", "\(host)/\(path)", headers: [("User-Agent", GraphClient.userAgent)], timeout: .seconds(15),
          maxResponseBytes: 1 << 20, trustFile: options.trustFile))
    } catch {
      let failure = error.failure(reaching: host)
      let remedy = "check name resolution, firewall and proxy from the gateway to this host"
      if case .operatorAction(let hint) = failure.remedy {
        tell(ProbeResult(name, .failed(reason: failure.reason, remedy: hint)))
      } else {
        tell(ProbeResult(name, .failed(reason: failure.reason, remedy: remedy)))
      }
      return
    }
    if side == .login, response.status >= 400 {
      let refusal = SignInRefusal(status: response.status, body: response.body, retryAfter: nil)
      let failure = refusal.failure(attempt: 0)
      tell(ProbeResult(name, .failed(reason: failure.reason, remedy: failure.hint)))
    } else {
      tell(ProbeResult(name, .ok(detail: nil)))
    }
    guard side == .graph, let date = response.header("Date").flatMap(httpDate) else { return }
    let ahead = context.clock.date.timeIntervalSince(date)
    let off = "\(Int(abs(ahead).rounded())) s \(ahead < 0 ? "behind" : "ahead of") Microsoft's"
    tell(
      ProbeResult(
        "clock",
        abs(ahead) <= Self.clockTolerance
          ? .ok(detail: off) : .failed(reason: "the clock is \(off)", remedy: "correct the clock (NTP)")))
  }

  private func probe(_ signIn: SignIn, _ read: ReadOptions, _ tell: (ProbeResult) -> Void) async {
    let name = "subscription \(signIn.probeName)"
    let token = await token(signIn, tell)
    guard signIn.username != nil, let url = read.notificationURL else { return }
    guard let token else { return tell(ProbeResult(name, .skipped(reason: "there is no token"))) }
    guard let userID = UnverifiedClaims(token: token)?.oid else {
      return tell(ProbeResult(name, .skipped(reason: "the token does not show the account's id")))
    }
    let trial = SubscriptionTrial(graph: wiring.graph, keys: wiring.keys, notificationURL: url)
    tell(ProbeResult(name, await trial.result(signIn, userID: userID)))
  }

  private func token(_ signIn: SignIn, _ tell: (ProbeResult) -> Void) async -> String? {
    do {
      let token = try await wiring.tokens.token(for: signIn)
      tell(ProbeResult("token \(signIn.probeName)", .ok(detail: nil)))
      tell(PermissionProbe(signIn: signIn, token: token).result)
      return token
    } catch {
      tell(ProbeResult("token \(signIn.probeName)", .failed(reason: error.reason, remedy: error.hint)))
      tell(ProbeResult("permissions \(signIn.probeName)", .skipped(reason: "there is no token")))
      return nil
    }
  }

  private func countUsers(_ tell: (ProbeResult) -> Void) async {
    let list = UserList(graph: wiring.graph, signIns: wiring.directorySignIns, plans: options.teamsPlans)
    do throws(GraphError) {
      let page = try await wiring.graph.fetch(
        GraphPage<GraphUser>.self, list.firstPage, as: await wiring.directorySignIns())
      tell(ProbeResult("users", .ok(detail: UserList.detail(page.count ?? page.value.count))))
    } catch {
      switch error {
      case .signIn: tell(ProbeResult("users", .skipped(reason: "there is no token")))
      default:
        let failure = error.failure
        tell(ProbeResult("users", .failed(reason: failure.reason, remedy: failure.hint)))
      }
    }
  }
}
