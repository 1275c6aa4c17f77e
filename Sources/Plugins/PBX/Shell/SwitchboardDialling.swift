// PBXs that the gateway dials: one task for each keeps it connected.

import PluginAPI

extension Switchboard {
  /// Dials one PBX, and again when the connection ends, until cancelled.
  nonisolated func keepDialled(_ pbx: DialledPBX) async throws {
    let clock = context.clock
    var redial = Redial(longest: options.longestRedial)
    var refusals = 0
    while true {
      // A PBX that found its own way here is served; two connections would end each other in turn.
      if await !isConnected(pbx.key) {
        let start = clock.now
        let ending = await dial(pbx, refusals: refusals)
        // What the network does says nothing about the password.
        if ending == .refused { refusals += 1 }
        redial.ended(loggedIn: ending == .served, after: clock.now - start)
      }
      try await clock.sleep(until: clock.now + redial.next(jitter: .random(in: 0...1)))
    }
  }

  /// One connection from beginning to end; the passwords take turns at each refusal.
  private nonisolated func dial(_ pbx: DialledPBX, refusals: Int) async -> Ending {
    guard let settings = pbx.settings(turn: refusals) else {
      await cannotDial(pbx, DialTrouble(noPassword: pbx))
      return .broken
    }
    do throws(HTTPClientError) {
      let connection = try await context.webSockets.connect(to: pbx.url, trust: pbx.trust)
      return await Wire.serve(
        connection, switchboard: self, clock: context.clock, dialled: Dialled(pbx: pbx, settings: settings))
    } catch {
      await cannotDial(pbx, DialTrouble(error, pbx))
      return .broken
    }
  }

  private func isConnected(_ key: PBXKey) -> Bool { homes[key] != nil }

  func cannotDial(_ pbx: DialledPBX, _ trouble: DialTrouble) {
    guard !Task.isCancelled else { return }
    metrics.login(trouble.kind)
    checks.cannotDial(pbx, trouble)
    guard refusals.admits(pbx.url, now: now) else { return }
    context.logger.warning(
      "PBX cannot be dialled", metadata: ["pbx": "\(pbx.name)", "reason": "\(trouble.reason)"])
  }
}

/// A connection that the gateway dialled.
struct Dialled: Sendable {
  let pbx: DialledPBX
  let settings: DialledSettings
}

extension DialledPBX {
  /// For a login with one of the passwords that can be read; nil when none can.
  func settings(turn: Int) -> DialledSettings? {
    let readable = passwords.indices.filter { (try? passwords[$0].reveal())?.isEmpty == false }
    if readable.isEmpty { return nil }
    let chosen = readable[turn % readable.count]
    let password = passwords[chosen]
    return DialledSettings(
      app: app, namesAppInChallenge: namesAppInChallenge, password: { try? password.reveal() },
      passwordIsOld: chosen > 0, pbx: name, domain: domain, apis: Set(apis))
  }
}
