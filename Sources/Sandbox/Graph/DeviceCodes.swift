// Device codes on their way (RFC 8628): shown to a person, asked for by a device, approved, declined or run out.

import FoundationEssentials
import OpenSSLCrypto

struct DeviceCodes: Sendable {
  enum Decision: Sendable, Hashable {
    case pending, declined
    /// Object id of the user.
    case approved(user: String)
  }
  struct Pending: Sendable {
    let userCode: String
    let app: String
    let scope: String
    let expires: Date
    var decision = Decision.pending
    var lastAsked: Date?
  }
  static let seconds = 900.0

  /// By device code.
  private var codes: [String: Pending] = [:]

  mutating func issue(app: String, scope: String, now: Date) -> (device: String, user: String) {
    codes = codes.filter { $0.value.expires > now - Self.seconds }
    let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
    let user = String(SecureRandom.bytes(9).map { letters[Int($0) % letters.count] })
    let device = "D" + Base64.encodeURL(SecureRandom.bytes(48))
    codes[device] = Pending(userCode: user, app: app, scope: scope, expires: now + Self.seconds)
    return (device, user)
  }

  /// False when nobody waits for that code.
  mutating func decide(_ userCode: String, _ decision: Decision) -> Bool {
    guard
      let device = codes.first(where: { $0.value.userCode == userCode && $0.value.decision == .pending })?.key
    else { return false }
    codes[device]?.decision = decision
    return true
  }

  func waiting(now: Date) -> [String] {
    codes.values.filter { $0.decision == .pending && $0.expires > now }.map(\.userCode).sorted()
  }

  /// The user and the scopes of an approved code, which is used up by that.
  mutating func redeem(
    _ device: String, app: String, interval: Double, now: Date
  ) throws(LoginRefusal) -> (user: String, scope: String) {
    guard var code = codes[device], code.app == app else {
      throw LoginRefusal(
        400, "bad_verification_code", 70018,
        "Bad verification code. User typed in wrong user code for device code flow.")
    }
    guard code.expires > now else {
      throw LoginRefusal(400, "expired_token", 70019, "Verification code expired.")
    }
    let since = code.lastAsked.map { now.timeIntervalSince($0) }
    code.lastAsked = now
    codes[device] = code
    switch code.decision {
    case .pending:
      // Half the interval: what the network adds must not make a patient client impatient.
      if let since, since < interval / 2 {
        throw LoginRefusal(400, "slow_down", 0, "The device asks too often.")
      }
      throw LoginRefusal(
        400, "authorization_pending", 70016,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
    case .declined:
      throw LoginRefusal(
        400, "authorization_declined", 0, "The end user denied the authorization request.")
    case .approved(let user):
      codes[device] = nil
      return (user, code.scope)
    }
  }
}
