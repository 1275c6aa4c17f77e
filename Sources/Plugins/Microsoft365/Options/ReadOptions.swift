// How Teams is read: pushed to sync accounts, polled, or whichever of the two works.

import PluginAPI

struct ReadOptions: Sendable {
  enum Mode: String, CaseIterable, Sendable { case subscribe, poll, auto }

  /// A sync account: it carries one subscription of at most 650 people.
  struct Account: Sendable {
    let username: String
    /// Nil: signed in with a device code.
    let password: Secret?
  }
  enum AccountSignIn: String, CaseIterable, Codable, Sendable {
    case password
    case deviceCode = "device_code"
  }

  let mode: Mode
  /// Whether presence is pushed; `auto` is decided here.
  let pushes: Bool
  /// Why, for the log and the admin page.
  let modeReason: String
  let clientID: String
  let accounts: [Account]
  /// Of the reading application itself, for polling without an account.
  let client: ClientCredential?
  /// Where Microsoft posts to; nil when nothing is pushed.
  let notificationURL: String?
  let renewEvery: Duration
  let pollInterval: Duration
  /// How often people are polled whom no subscription covers.
  let fallbackInterval: Duration
  /// How often it is looked whether a subscription is still there, between renewals.
  let checkEvery: Duration
  /// How late a notification may tell what a poll has seen.
  let silenceAfter: Duration
  /// Whether status messages and out-of-office replies are read.
  let notes: Bool

  init(config: ConfigSection, cloud: Cloud, id: String, publicURL: String?) {
    mode = config.choice(
      "mode", default: Mode.subscribe,
      "subscribe: changes are pushed to accounts; poll: asked for; auto: pushed where that is possible")
    clientID = config.string("client_id", "Application id of the registration that reads")
    accounts = Self.accounts(
      config.sections(
        "accounts", "Sync accounts, one for each 650 people; an empty username leaves one out"))
    client = ClientCredential(config: config, whose: "that reads", required: false)
    let configuredURL = config.optionalURL(
      "notification_url", default: publicURL.map { "\($0)/\(id)/subscriptions" },
      "Where Microsoft posts changes; by default <gateway.public.url>/<plugin id>/subscriptions")
    renewEvery = config.duration(
      "renew_every", default: .seconds(600), in: .seconds(60) ... .seconds(1800),
      "How often subscriptions are renewed; they live for an hour")
    let obstacle: (key: String, message: String)? =
      if !cloud.pushesPresence {
        ("mode", "this cloud does not push presence: write `mode: poll`")
      } else if mode == .auto, accounts.isEmpty {
        ("accounts", "subscribing needs an account, and none is configured")
      } else if let url = configuredURL {
        url.hasPrefix("https://")
          ? nil : ("notification_url", "must begin with https:// (Microsoft posts nowhere else), is \(url)")
      } else {
        ("notification_url", "is missing: set it, or gateway.public.url, to what Microsoft reaches")
      }
    switch mode {
    case .subscribe:
      if let obstacle { config.reject(obstacle.key, obstacle.message) }
      (pushes, modeReason) = (true, "mode: subscribe")
    case .poll:
      (pushes, modeReason) = (false, "mode: poll")
    case .auto:
      // Accounts may be added while the gateway runs.
      pushes = obstacle == nil || obstacle?.key == "accounts"
      modeReason = pushes ? "mode: auto" : Self.reason(cloud, url: configuredURL)
    }
    let pollDefault: Duration = pushes ? .seconds(300) : .seconds(20)
    pollInterval = config.duration(
      "poll_interval", default: pollDefault, in: .seconds(5) ... .seconds(3600),
      "How often everybody is polled: 20s when nothing is pushed; else it only repairs, and is 5min")
    fallbackInterval = config.duration(
      "fallback_interval", default: .seconds(20), in: .seconds(5) ... .seconds(3600),
      "How often people are polled whom no subscription covers")
    checkEvery = config.duration(
      "check_every", default: .seconds(60), in: .seconds(5) ... .seconds(1800),
      "How often it is looked whether each subscription is still there")
    silenceAfter = config.duration(
      "silence_after", default: .seconds(90), in: .seconds(10) ... .seconds(3600),
      "A change that was polled and not pushed within this time makes its subscription anew")
    notes = config.bool(
      "notes", default: true, "Whether status messages and out-of-office replies are read, as notes")
    if accounts.isEmpty, client == nil, mode != .subscribe {
      config.reject("client_secret", "is missing: polling needs it, or a certificate, or an account")
    }
    notificationURL = pushes ? configuredURL : nil
  }

  /// Why `auto` polls.
  private static func reason(_ cloud: Cloud, url: String?) -> String {
    if !cloud.pushesPresence { return "this cloud does not push presence" }
    return url == nil ? "there is no public address" : "the notification address is no https address"
  }

  /// An account may have one subscription: written twice, each would end the other's.
  private static func accounts(_ sections: [ConfigSection]) -> [Account] {
    var accounts: [Account] = []
    for section in sections {
      guard let account = account(section) else { continue }
      if let first = accounts.first(where: { sameAccount($0.username, account.username) }) {
        section.reject("username", "is there twice, as \(first.username): list each account once")
      } else {
        accounts.append(account)
      }
    }
    return accounts
  }

  private static func account(_ config: ConfigSection) -> Account? {
    let username = config.optionalString("username", "The account's user principal name")
    let signIn = config.choice(
      "sign_in", default: AccountSignIn.password,
      "device_code: for accounts with MFA, signed in by `presence-gateway login`")
    let password = config.optionalSecret("password", "The account's password")
    guard let username else { return nil }
    if signIn == .password, password == nil {
      config.reject("password", "is missing; or write `sign_in: device_code`")
      return nil
    }
    if signIn == .deviceCode, password != nil {
      config.reject("password", "is not used with `sign_in: device_code`: leave it out")
    }
    return Account(username: username, password: signIn == .password ? password : nil)
  }

  /// The path part of the notification address, without a query.
  var notificationPath: String? {
    guard let notificationURL, let scheme = notificationURL.firstRange(of: "://") else { return nil }
    let rest = notificationURL[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
    return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
  }
}
