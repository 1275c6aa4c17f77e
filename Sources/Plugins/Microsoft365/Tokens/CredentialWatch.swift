// Looks now and again when the applications' credentials end: a check mark, a metric, and a warning a day.

import FoundationEssentials
import PluginAPI

actor CredentialWatch {
  struct Watched: Sendable {
    let purpose: SignIn.Purpose
    let clientID: String
    let client: ClientCredential
  }
  private let watched: [Watched]
  private let context: PluginContext
  private let metrics: PluginMetrics
  private var warned: [SignIn.Purpose: Int] = [:]

  init(_ options: Options, context: PluginContext, metrics: PluginMetrics) {
    let read = options.read.flatMap { read in
      read.client.map { Watched(purpose: .reading, clientID: read.clientID, client: $0) }
    }
    let write = options.write.flatMap { write in
      write.client.map { Watched(purpose: .writing, clientID: write.clientID, client: $0) }
    }
    watched = [read, write].compactMap { $0 }
    self.context = context
    self.metrics = metrics
  }

  func look() {
    let now = context.clock.date
    for purpose in SignIn.Purpose.allCases where !watched.contains(where: { $0.purpose == purpose }) {
      metrics.credentialExpiry(purpose).record(nil)
    }
    for one in watched {
      let name = "\(one.purpose.rawValue) credential"
      let expiry: CredentialExpiry
      do {
        let found = try Self.expiry(of: one)
        metrics.credentialExpiry(one.purpose).record(found?.date)
        guard let found else { continue }
        expiry = found
      } catch {
        let state = Check.State.failing(reason: error.reason, remedy: error.hint)
        context.health.report(Check(name, state, required: false))
        continue
      }
      // Not required: while it works it works, and afterwards the sign-in itself is red.
      context.health.report(Check(name, expiry.state(now: now), required: false))
      let days = expiry.days(now: now)
      guard expiry.isNear(now: now) else { continue }
      if warned.updateValue(days, forKey: one.purpose) != days {
        context.logger.warning(
          "A credential expires soon, or has",
          metadata: [
            "sign_in": "\(one.purpose.rawValue)", "kind": "\(expiry.kind.rawValue)", "days_left": "\(days)",
          ])
      }
    }
  }

  /// Nil for a client secret whose date nobody has written down.
  private static func expiry(of one: Watched) throws(PluginFailure) -> CredentialExpiry? {
    if case .certificate(let files) = one.client.credential {
      return CredentialExpiry(
        kind: .certificate, date: try files.load().certificate.notAfter, clientID: one.clientID)
    }
    return one.client.secretExpires.map {
      CredentialExpiry(kind: .secret, date: $0, clientID: one.clientID)
    }
  }
}
