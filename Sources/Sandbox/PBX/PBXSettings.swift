// How one simulated PBX is configured: what the vendor's administrator would type into the App object.

public struct PBXSettings: Sendable {
  /// The "PBX Name": the `loc` of its users, `pbx` of PbxInfo. Never a DNS name.
  public var name: String
  public var dns: String
  /// The App object's URL, such as
  /// `https://gw.example.com/contoso.example/microsoft365/innovaphone-microsoft365` (`http`, `https`, `ws` or
  /// `wss`). The socket goes to the parent path, the last component is the app's name.
  public var appURL: String
  public var password: String
  /// Authorities to trust for `https`; nil: the system's.
  public var trustPEM: String?
  /// The APIs ticked on the App object.
  public var apis = ["PbxApi", "PbxTableUsers", "PbxImpersonation", "PbxAdminApi", "RCC"]
  public var version = "14r2"
  public var build = "1423000"
  /// Whether the user table holds only the users homed here (a slave without full replication).
  public var homedUsersOnly = false
  /// After this long without a message of its own the PBX sends KeepAlive and a ping; a gateway that is
  /// silent for three times as long is given up.
  public var keepAlive: Duration = .seconds(30)
  public var redial = PBXRedial()
  public var fragmentation = WebSocketFragmentation()

  public init(
    name: String = "pbx", dns: String? = nil, appURL: String, password: String, trustPEM: String? = nil
  ) {
    self.name = name
    self.dns = dns ?? "\(name).pbx.example"
    self.appURL = appURL
    self.password = password
    self.trustPEM = trustPEM
  }

  /// Where the socket goes and how the app is called; nil when the URL has no path to take apart.
  public var dial: (endpoint: WebSocketClientEndpoint, app: String)? {
    guard let slash = appURL.lastIndex(of: "/"),
      let endpoint = WebSocketClientEndpoint(String(appURL[..<slash]))
    else { return nil }
    var app = String(appURL[appURL.index(after: slash)...])
    if app.hasSuffix(".htm") { app.removeLast(4) }
    return app.isEmpty || endpoint.path == "/" ? nil : (endpoint, app)
  }
}

/// The pause before the next dial: doubles until `longest`, starts again after a successful login.
public struct PBXRedial: Sendable, Hashable {
  public let first: Duration
  public let longest: Duration
  private var upcoming: Duration

  public init(first: Duration = .milliseconds(500), longest: Duration = .seconds(32)) {
    self.first = first
    self.longest = longest
    upcoming = first
  }

  public mutating func next() -> Duration {
    defer { upcoming = min(upcoming * 2, longest) }
    return upcoming
  }
  public mutating func reset() { upcoming = first }
}
