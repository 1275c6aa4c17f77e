// The rows of the table of codes, by what they are about.

extension SignInAdvice {
  static let accounts: [([Int], SignInAdvice)] = [
    ([50034], .init(.account, "user unknown in this directory", "correct the user name or the tenant id")),
    (
      [50020, 51004],
      .init(.account, "user not of this tenant", "use a member account of the tenant, not a guest")
    ),
    (
      [50126],
      .init(
        .lockout, "wrong user or password",
        "enter the password again; for federated or pass-through accounts check the agents")
    ),
    (
      [50053],
      .init(
        .lockout, "account locked, or the address is blocked",
        "look at the sign-in log, and make the gateway's address a trusted location")
    ),
    (
      [50055],
      .init(.account, "password expired", "set a new password and switch its expiry off for this account")
    ),
    ([50144], .init(.account, "on-premises password expired", "reset the password on premises")),
    (
      [50056],
      .init(.account, "no password in the cloud", "switch password hash sync on, or set a cloud password")
    ),
    ([50057], .init(.account, "account disabled", "enable the account; it needs no licence to sign in")),
    (
      [50064] + Array(80001...80014),
      .init(
        .slow, "the password could not be validated on premises",
        "check the pass-through-authentication agents")
    ),
    (
      [70008, 700082, 70043, 50173],
      .init(.ended, "the sign-in ran out or was revoked", "sign in again with `presence-gateway login`")
    ),
  ]

  static let policies: [([Int], SignInAdvice)] = [
    ([50072, 50074, 50076, 50078, 50079], mfa),
    (
      [530035],
      .init(
        .account, "blocked by Security Defaults",
        "replace Security Defaults by Conditional Access (they cannot exclude anybody), sign in with a device code, "
          + "or poll as the application (mode: poll)")
    ),
    (
      [53000, 53001, 53002, 53003, 53004, 53011, 530032, 50131, 50158, 50135],
      .init(
        .account, "blocked by Conditional Access or risk",
        "exclude the account from the policy, or add the gateway's address as a named location")
    ),
    (
      [50105],
      .init(
        .setup, "user not assigned to the application",
        "switch \"Assignment required\" off in the enterprise application, or assign the user")
    ),
  ]

  static let registrations: [([Int], SignInAdvice)] = [
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
    (
      [7_000_222],
      .init(
        .setup, "client secret expired",
        "create a new client secret and enter its value, or use a certificate")
    ),
    (
      [700027],
      .init(.setup, "certificate unknown or signature wrong", "upload the certificate to the registration")
    ),
    ([700024], .init(.setup, "assertion outside its time window", "correct the gateway's clock (NTP)")),
    ([700030], .init(.setup, "certificate invalid", "renew the certificate and upload it")),
  ]

  static let tenants: [([Int], SignInAdvice)] = [
    ([90002], .init(.setup, "tenant not found", "correct `tenant`, or choose the right `cloud`")),
    ([50059, 50128, 900023], .init(.setup, "tenant missing or malformed", "correct `tenant`")),
    ([50194], .init(.setup, "single-tenant application used elsewhere", "write the tenant's id in `tenant`")),
    ([9_001_023], .init(.setup, "passwords need a concrete tenant", "write the tenant's id in `tenant`")),
    (
      [90038, 900382, 900432], .init(.setup, "the tenant lives in another cloud", "choose the right `cloud`")
    ),
  ]

  static let ours: [([Int], SignInAdvice)] = [
    ([900144, 90014], .init(.setup, "a parameter is missing", "report this as a fault of the gateway")),
    ([901002], .init(.setup, "a parameter is not allowed", "report this as a fault of the gateway")),
    ([50196], .init(.loop, "asked too often", "report this as a fault of the gateway")),
    ([90033, 90006, 90024, 50033, 90055], outage),
  ]
}
