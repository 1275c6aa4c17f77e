// The AADSTS codes one by one: what each means, and what the administrator has to do about it.

/// Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
struct SignInAdvice: Sendable, Hashable {
  /// What kind of trouble it is decides how long the sign-in is left alone.
  enum Kind: Sendable, Hashable, CaseIterable {
    /// A wrong password, or a lock: each further try makes it worse (smart lockout).
    case lockout
    /// A refresh token that is dead: for a password account a new sign-in, else a person must do it.
    case ended
    /// About an account or a policy for it; trying again does no harm, but will not help soon.
    case account
    /// About the registration: tried again soon, because somebody may be at it.
    case setup
    /// Ours: asked too often.
    case loop
    /// Passes by itself, slowly.
    case slow
    /// Passes by itself.
    case passing

    /// For the table of the README.
    var again: String {
      switch self {
      case .lockout: "1 h, then 2 h, 4 h … 24 h"
      case .ended: "when somebody has signed in; password: at once"
      case .account: "10 min"
      case .setup: "2 min"
      case .loop, .slow: "5 min"
      case .passing: "60 s, or as Microsoft says"
      }
    }
  }
  let kind: Kind
  let meaning: String
  let hint: String

  init(_ kind: Kind, _ meaning: String, _ hint: String) {
    self.kind = kind
    self.meaning = meaning
    self.hint = hint
  }

  static let outage = SignInAdvice(
    .passing, "Microsoft's sign-in service has a problem", "nothing to do: it is tried again")
  static let mfa = SignInAdvice(
    .account, "multi-factor authentication is demanded",
    "sign in with a device code (sign_in: device_code), exclude the account from MFA by Conditional Access, or "
      + "poll as the application (mode: poll)")

  static let table: [Int: SignInAdvice] = {
    var table: [Int: SignInAdvice] = [:]
    for (codes, advice) in rows { for code in codes { table[code] = advice } }
    return table
  }()

  /// In the order of the README's table, which a test compares.
  static let rows: [([Int], SignInAdvice)] = accounts + policies + registrations + tenants + ours
}
