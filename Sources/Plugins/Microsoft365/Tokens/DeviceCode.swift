// The device code grant (RFC 8628): what Microsoft hands out, and what each answer while waiting means. Pure.

import FoundationEssentials
import PluginAPI

struct DeviceCode: Decodable, Sendable, Hashable {
  let userCode: String
  let deviceCode: String
  let verificationURI: String
  /// Seconds.
  private let expiresIn: Double
  /// Seconds between two questions; 5 where Microsoft does not say.
  let interval: Double?
  let message: String?

  private enum CodingKeys: String, CodingKey {
    case interval, message
    case userCode = "user_code"
    case deviceCode = "device_code"
    case verificationURI = "verification_uri"
    case expiresIn = "expires_in"
  }

  init?(body: [UInt8]) {
    guard let code = try? JSONDecoder().decode(DeviceCode.self, from: Data(body)), !code.deviceCode.isEmpty
    else { return nil }
    self = code
  }

  func prompt(now: Date) -> SignInPrompt {
    SignInPrompt(
      code: userCode, url: verificationURI,
      message: message ?? "Open \(verificationURI) in a web browser and enter the code \(userCode).",
      expires: now.addingTimeInterval(life))
  }
  /// Seconds, within reason.
  var life: Double { min(max(expiresIn, 30), 3600) }
}

/// When to ask next whether the code has been typed.
struct DeviceCodeWait: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case ask(at: Moment)
    case end(PluginFailure)
  }
  private var interval: Duration
  private let expires: Moment

  init(_ code: DeviceCode, now: Moment) {
    interval = .seconds(min(max(code.interval ?? 5, 1), 60))
    expires = now + .seconds(code.life)
  }

  func first(now: Moment) -> Step { .ask(at: now + interval) }

  /// After a refusal; nil: no answer came.
  mutating func next(_ refusal: SignInRefusal?, now: Moment) -> Step {
    switch refusal?.error {
    case nil, "authorization_pending"?: break
    case "slow_down"?: interval += .seconds(5)
    case "authorization_declined"?, "access_denied"?:
      return .end(
        PluginFailure(
          .operatorAction(hint: "start the sign-in again, and approve it"), "the sign-in was declined"))
    case "expired_token"?: return .end(Self.expired)
    case "bad_verification_code"?:
      return .end(
        PluginFailure(.operatorAction(hint: "start the sign-in again"), "Microsoft does not know the code"))
    default:
      guard let refusal, refusal.advice.kind == .passing else {
        return .end(refusal?.failure(attempt: 0) ?? Self.expired)
      }
      interval = max(interval, min(refusal.retryAfter ?? .zero, .seconds(60)))
    }
    let at = now + interval
    return at < expires ? .ask(at: at) : .end(Self.expired)
  }

  static let expired = PluginFailure(
    .operatorAction(hint: "start the sign-in again, and type the code within 15 minutes"),
    "nobody has typed the code in time")
}
