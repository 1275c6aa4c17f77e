// Why an account cannot sign in, at the wish of a test: the documented refusals of accounts and policies.

public enum AccountRefusal: Sendable, Hashable, CaseIterable {
  case wrongPassword, locked, passwordExpired, disabled
  case needsMFA, mustEnrolForMFA
  case conditionalAccess, securityDefaults, notAssigned, noConsent
  /// A refresh token that was not used for too long.
  case inactive

  var refusal: LoginRefusal {
    switch self {
    case .wrongPassword:
      LoginRefusal(
        400, "invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
    case .locked: .locked
    case .passwordExpired:
      LoginRefusal(
        400, "invalid_grant", 50055, "The password is expired.", suberror: "user_password_expired")
    case .disabled: .disabled
    case .needsMFA: .needsMFA
    case .mustEnrolForMFA:
      LoginRefusal(
        400, "interaction_required", 50079,
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must "
          + "enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
        suberror: "basic_action")
    case .conditionalAccess:
      LoginRefusal(
        400, "invalid_grant", 53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        suberror: "message_only")
    case .securityDefaults:
      LoginRefusal(
        400, "invalid_grant", 530035, "Access has been blocked by security defaults.",
        suberror: "message_only")
    case .notAssigned:
      LoginRefusal(
        400, "invalid_grant", 50105,
        "Your administrator has configured the application to block users unless they are specifically granted "
          + "('assigned') access to the application.")
    case .noConsent:
      LoginRefusal(
        400, "invalid_grant", 65001,
        "The user or administrator has not consented to use the application.", suberror: "consent_required")
    case .inactive: .inactive
    }
  }
}
