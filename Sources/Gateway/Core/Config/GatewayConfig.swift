// What `plugins.yaml` says, as values: the gateway's own options, the plugins declared, the people, the routes.

import PluginAPI

public struct GatewayConfig: Sendable, Hashable {
  public struct PublicListener: Sendable, Hashable {
    public var listen: ListenAddress
    /// By what the outside world reaches it, without a trailing slash; nil when nothing needs to.
    public var url: String?
    /// Nil behind a reverse proxy that does TLS.
    public var tls: CertificateFiles?
    var forwardedFor = ForwardedFor()
  }
  public enum Store: Sendable, Hashable {
    case memory
    case sqlite(path: String)
  }
  public struct DeclaredPlugin: Sendable, Hashable {
    public let id: String
    public let type: String
  }
  public struct People: Sendable, Hashable {
    /// In the order in which they are tried.
    public var match: [IdentityKind]
    /// A CSV file, or nil; read with the configuration, and to be watched with it.
    public var overridesFile: String?
    var overrides = PeopleOverrides()
  }
  public struct Route: Sendable, Hashable {
    public var from: String
    public var to: String
    /// The higher wins a tie between routes that end in one sink.
    public var priority: Int
    public var map: RouteMap
    var rules: [RouteRule] = []
    var terms = RouteTerms()

    /// What becomes of a presence on this route: the first rule that fits, else the map.
    public func apply(_ presence: Presence) -> Presence {
      for rule in rules {
        if let presence = rule.apply(presence) { return presence }
      }
      return map.apply(presence)
    }
  }

  public var publicListener: PublicListener
  public var admin: AdminListener
  public var store: Store
  public var secretsKeys: SecretsKeys
  public var log: LogOptions
  public enum OnStop: String, Sendable, CaseIterable {
    /// Takes back what the systems hold from us.
    case clear
    /// Leaves it, for a restart that nobody should see.
    case keep
  }
  public var onStop: OnStop
  /// In the order of the file.
  public internal(set) var plugins: [DeclaredPlugin] = []
  public var people: People
  /// How the routes that end in a plugin are merged; a plugin without an entry: `busiest`.
  public internal(set) var merge: [String: Merge] = [:]
  public internal(set) var routes: [Route]

  /// Read by the loader, because its keys are free.
  static let pluginsOption = OptionDeclaration(
    "plugins", .section, default: nil, required: true, "The connectors, each under an id of your choice")

  /// Reads everything but the plugins. `resolve` makes a path relative to the file one for the process.
  init(reading root: ConfigSection, resolve: (String) -> String) {
    let gateway = root.section("gateway", "The gateway's own listeners, state and log")
    publicListener = PublicListener(reading: gateway)
    admin = AdminListener(reading: gateway, besides: publicListener.listen)
    store = Self.store(gateway, resolve)
    secretsKeys = SecretsKeys(reading: gateway)
    onStop = gateway.choice(
      "on_stop", default: OnStop.clear,
      "Whether a stopping gateway takes back what it has set, or keeps it for the next start.")
    log = LogOptions(reading: gateway)
    people = People(
      reading: root.section("people", "How users of different systems are recognised as one person"))
    let words = Merge.allCases.map(\.rawValue)
    for (id, word) in root.dictionary(
      "merge", "How routes that end in one plugin are merged, by its id: \(words.joined(separator: " | "))"
    ) {
      if let rule = Merge(rawValue: word) {
        merge[id] = rule
      } else {
        root.reject(
          "merge.\(id)", "must be \(words.joined(separator: ", ")), is \(word)\(near(word, in: words))")
      }
    }
    routes = root.sections("routes", required: true, "From where to where presence flows").map(
      Route.init(reading:))
  }

  static let publicMeaning = "What Microsoft and the PBX reach"

  private static func store(_ gateway: ConfigSection, _ resolve: (String) -> String) -> Store {
    let initial = "sqlite:presence-gateway.db"
    let text = gateway.string(
      "state", default: initial, "What survives a restart: sqlite:PATH (from this file's folder), or memory")
    if text == "memory" { return .memory }
    if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
      return .sqlite(path: resolve(String(text.dropFirst(7))))
    }
    gateway.reject("state", "must be sqlite:PATH or memory, is \(text)")
    return .memory
  }
}

extension GatewayConfig.PublicListener {
  init(reading gateway: ConfigSection) {
    let section = gateway.section("public", GatewayConfig.publicMeaning)
    listen = section.listen("0.0.0.0:8443", "Where the public listener listens, host:port")
    url = section.optionalURL("url", "The address by which it is reached from outside")
    tls = CertificateFiles(reading: section, "Leave it out behind a reverse proxy that does TLS")
    forwardedFor = ForwardedFor(reading: section)
  }
}

extension GatewayConfig.People {
  init(reading section: ConfigSection) {
    let initial: [IdentityKind] = [.email, .upn]
    let kinds = IdentityKind.allCases.map(\.rawValue)
    let words = section.strings(
      "match", default: initial.map(\.rawValue),
      "By what users are matched, tried in this order: \(kinds.joined(separator: ", "))")
    var match: [IdentityKind] = []
    for (index, word) in words.enumerated() {
      if let kind = IdentityKind(rawValue: word), !match.contains(kind) {
        match.append(kind)
      } else if kinds.contains(word) {
        section.reject("match[\(index)]", "\(word) is named twice")
      } else {
        let list = kinds.joined(separator: ", ")
        section.reject("match[\(index)]", "must be \(list), is \(word)\(near(word, in: kinds))")
      }
    }
    self.match = match
    overridesFile = section.optionalFile(
      "overrides",
      "CSV file of exceptions, before the rules: a column for each plugin id, action (match, exclude), reason"
    )
  }
}

extension GatewayConfig.Route {
  init(reading section: ConfigSection) {
    from = section.string("from", "The plugin that reports presence, by its id")
    to = section.string("to", "The plugin that shows it, by its id")
    priority = section.int(
      "priority", default: 0, in: -1000...1000, "The higher wins a tie between routes that end in one plugin")
    map = RouteMap.read(section)
    rules = RouteRule.read(section)
    terms = RouteTerms(reading: section)
  }
}

extension ConfigSection {
  func listen(_ initial: String, _ meaning: String) -> ListenAddress {
    let text = string("listen", default: initial, meaning)
    if let address = ListenAddress(text) { return address }
    reject("listen", "must be host:port such as \(initial) or [::1]:9090, is \(text)")
    return ListenAddress(host: "127.0.0.1", port: 0)
  }
}
