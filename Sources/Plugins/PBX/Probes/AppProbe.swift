// Tries the way from a PBX to the gateway, from end to end and changing nobody's presence, for `doctor`.

import FoundationEssentials
import PluginAPI

struct AppProbe: Sendable {
  /// How long a PBX may take to dial in and to hand out its users.
  static let patience = Duration.seconds(45)
  private static let proxyAdvice = "let the reverse proxy pass WebSocket upgrades on this path"

  let options: PBXOptions
  let context: PluginContext
  let switchboard: Switchboard

  func run(_ tell: @Sendable (ProbeResult) -> Void) async {
    let password = password(tell)
    if options.dialsMaster {
      tell(
        ProbeResult("App address", .skipped(reason: "the PBX is dialled, it does not have to find the way")))
      return await listen(tell)
    }
    guard let url = context.publicURL.map({ "\($0)\(options.path)" }) else {
      tell(
        ProbeResult(
          "App address",
          .failed(
            reason: "gateway.public.url is not set",
            remedy: "set it to what the PBX reaches the gateway by; it becomes the App object's URL")))
      return await listen(tell)
    }
    guard await page("\(url)/\(options.appName)", tell) else {
      return tell(ProbeResult("App connection", .skipped(reason: "the App's address does not lead here")))
    }
    let visit = await visit(url, password, tell)
    if case .running(let checks) = visit {
      for check in checks { tell(check.result) }
    } else if case .here = visit {
      await listen(tell)
    }
  }

  private func password(_ tell: (ProbeResult) -> Void) -> String? {
    do {
      let password = try options.password.reveal()
      guard !password.isEmpty else { throw SecretUnavailable("\(options.password.reference) is empty") }
      // (?) PBX objects are said to hold 15 characters; the vendor's own plugins make passwords of 16.
      let detail = password.count > 15 ? "longer than 15 characters, of which some PBXs keep no more" : nil
      tell(ProbeResult("App password", .ok(detail: detail)))
      return password
    } catch {
      tell(
        ProbeResult(
          "App password",
          .failed(
            reason: "\(error)", remedy: "set it to the password of the App object, where the gateway starts"))
      )
      return nil
    }
  }

  // MARK: The address

  private func page(_ url: String, _ tell: (ProbeResult) -> Void) async -> Bool {
    func failed(_ reason: String, _ remedy: String) -> Bool {
      tell(ProbeResult("App address", .failed(reason: "\(url): \(reason)", remedy: remedy)))
      return false
    }
    do {
      let response = try await context.http.send(
        HTTPRequest("GET", "\(url).png", timeout: AppDialogue.limit, maxResponseBytes: 1 << 20))
      guard response.status == 200, response.body == AppPage.icon else {
        return failed(
          "answered by something else (HTTP \(response.status))",
          "let the name, the reverse proxy or the port forwarding lead \(options.path) to the gateway")
      }
      tell(ProbeResult("App address", .ok(detail: "\(url) is the App object's URL")))
      return true
    } catch {
      if case .tls = error {
        return failed(
          error.description, "serve the whole certificate chain, of an authority that the PBX trusts")
      }
      return failed(error.description, "check the name in DNS, the firewall and gateway.public.url")
    }
  }

  // MARK: The WebSocket

  private enum Visit: Sendable {
    /// A running gateway, and what it says of its PBXs.
    case running([StatusCheck])
    /// This process: nobody else does.
    case here
    case failed
  }

  /// Logs in as users do, which shows that the upgrade gets through and that both ends have the same password.
  private func visit(_ url: String, _ password: String?, _ tell: (ProbeResult) -> Void) async -> Visit {
    let name = "App connection"
    guard let password else {
      tell(ProbeResult(name, .skipped(reason: "there is no password")))
      return .failed
    }
    var claims = Outgoing("AppLogin")
    (claims.app, claims.sip, claims.dn) = (options.appName, options.appName, "Doctor")
    claims.domain = options.domain
    claims.guid = String(repeating: "0", count: 32)
    let (login, id) = (claims, context.id)
    do throws(AppDialogue.Failure) {
      let socket = url.replacing(/^http/, with: "ws")
      let answer = try await AppDialogue.run(socket, trust: nil, context) { dialogue in
        try await dialogue.logIn(login, password: password)
        return try await dialogue.ask(Outgoing("GetStatus"), for: "GetStatusResult").text
      }
      tell(ProbeResult(name, .ok(detail: nil)))
      return StatusCheck.all(of: id, in: answer).map { .running($0) } ?? .here
    } catch {
      let remedy =
        error.isRefusal
        ? "the gateway that runs there has another app.password or `domain` than this configuration: start it again"
        : Self.proxyAdvice
      tell(ProbeResult(name, .failed(reason: "\(url): \(error.reason)", remedy: remedy)))
      return .failed
    }
  }

  // MARK: The PBXs

  /// Waits for the PBXs to dial this process, and dials those that do not.
  private func listen(_ tell: (ProbeResult) -> Void) async {
    await switchboard.begin()
    let dialling = options.connect.map { pbx in Task { try await switchboard.keepDialled(pbx) } }
    defer { for task in dialling { task.cancel() } }
    let end = context.clock.now + Self.patience
    repeat {
      _ = await switchboard.tick()
      if await switchboard.checks.isSettled { break }
      do { try await context.clock.sleep(for: .milliseconds(100)) } catch { return }
    } while context.clock.now < end
    for check in await switchboard.checks.ofPBXs { tell(StatusCheck(check).result) }
  }
}
