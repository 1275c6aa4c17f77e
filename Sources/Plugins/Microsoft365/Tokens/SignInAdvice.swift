// The AADSTS codes one by one: what each means, and what the administrator has to do about it.

/// Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
struct SignInAdvice: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// About an account or its policy: trying again may lock the account, so rarely.
    case credentials
    /// About the registration: tried again soon, because somebody may be at it.
    case setup
    /// Ours: asked too often.
    case loop
    /// Passes by itself.
    case passing
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

  static let table: [Int: SignInAdvice] = {
    var table: [Int: SignInAdvice] = [:]
    for (codes, advice) in rows { for code in codes { table[code] = advice } }
    return table
  }()

  private static let mfa = SignInAdvice(
    .credentials, "multi-factor authentication is demanded",
    "exclude the account from MFA by Conditional Access, or poll with a client secret (mode: poll)")
  private static let attendant = SignInAdvice(
    .passing, "the password could not be validated on premises",
    "check the pass-through-authentication agents")

  private static let rows: [([Int], SignInAdvice)] = [
    (
      [50034], .init(.credentials, "user unknown in this directory", "correct the user name or the tenant id")
    ),
    (
      [50020, 51004],
      .init(.credentials, "user not of this tenant", "use a member account of the tenant, not a guest")
    ),
    (
      [50126],
      .init(
        .credentials, "wrong user or password",
        "enter the password again; for federated or pass-through accounts check the agents")
    ),
    (
      [50053],
      .init(
        .credentials, "account locked, or the address is blocked",
        "look at the sign-in log, and make the gateway's address a trusted location")
    ),
    (
      [50055],
      .init(.credentials, "password expired", "set a new password and switch its expiry off for this account")
    ),
    ([50144], .init(.credentials, "on-premises password expired", "reset the password on premises")),
    (
      [50056],
      .init(.credentials, "no password in the cloud", "switch password hash sync on, or set a cloud password")
    ),
    ([50057], .init(.credentials, "account disabled", "enable the account")),
    ([50064] + Array(80001...80014), attendant),
    ([50072, 50074, 50076, 50078, 50079], mfa),
    (
      [530035],
      .init(
        .credentials, "blocked by Security Defaults",
        "replace Security Defaults by Conditional Access, or poll with a client secret (mode: poll)")
    ),
    (
      [53000, 53001, 53002, 53003, 53004, 53011, 530032, 50131, 50158, 50135],
      .init(
        .credentials, "blocked by Conditional Access or risk",
        "exclude the account from the policy, or add the gateway's address as a named location")
    ),
    (
      [50105],
      .init(
        .setup, "user not assigned to the application",
        "switch \"Assignment required\" off in the enterprise application, or assign the user")
    ),
    (
      [65001, 90094],
      .init(.setup, "no consent for a permission", "grant admin consent under \"API permissions\"")
    ),
    ([65004], .init(.setup, "the user declined consent", "grant admin consent under \"API permissions\"")),
    (
      [650056, 650057, 70011],
      .init(
        .setup, "application misconfigured or scope invalid",
        "add the Graph permissions to the registration, and check `cloud`")
    ),
    (
      [700016, 700011],
      .init(.setup, "application unknown in the tenant", "correct client_id, tenant or cloud")
    ),
    (
      [7_000_112, 70001],
      .init(.setup, "application disabled or unknown", "enable the enterprise application")
    ),
    (
      [7_000_218],
      .init(
        .setup, "the registration is no public client",
        "set \"Allow public client flows\" to Yes under Authentication")
    ),
    (
      [700025],
      .init(
        .setup, "a public client must not send a secret", "remove the secret, or sign in without an account")
    ),
    (
      [7_000_215],
      .init(.setup, "wrong client secret", "enter the secret's value, not the secret's ID")
    ),
    ([7_000_222], .init(.setup, "client secret expired", "create a new client secret and enter its value")),
    (
      [700027],
      .init(.setup, "certificate unknown or signature wrong", "upload the certificate to the registration")
    ),
    ([700024], .init(.setup, "assertion outside its time window", "correct the gateway's clock (NTP)")),
    ([700030], .init(.setup, "certificate invalid", "renew the certificate")),
    ([90002], .init(.setup, "tenant not found", "correct `tenant`, or choose the right `cloud`")),
    ([50059, 50128, 900023], .init(.setup, "tenant missing or malformed", "correct `tenant`")),
    ([50194], .init(.setup, "single-tenant application used elsewhere", "write the tenant's id in `tenant`")),
    ([9_001_023], .init(.setup, "passwords need a concrete tenant", "write the tenant's id in `tenant`")),
    (
      [90038, 900382, 900432], .init(.setup, "the tenant lives in another cloud", "choose the right `cloud`")
    ),
    ([900144, 90014], .init(.setup, "a parameter is missing", "report this as a fault of the gateway")),
    ([901002], .init(.setup, "a parameter is not allowed", "report this as a fault of the gateway")),
    ([70008, 700082, 70043, 50173], .init(.credentials, "the sign-in ran out", "sign in again")),
    ([50196], .init(.loop, "asked too often", "report this as a fault of the gateway")),
    ([90033, 90006, 90024, 50033, 90055], outage),
  ]
}
