// What a simulated tenant is made of: registrations, accounts, limits.

import OpenSSLCrypto

/// An application registration with its consented permissions.
public struct GraphApp: Sendable, Hashable {
  public var id: String
  public var name: String
  public var secret: String?
  /// DER of the certificates that were uploaded.
  public var certificates: [[UInt8]]
  /// *Allow public client flows*.
  public var allowsPublicClient: Bool
  public var delegated: Set<String>
  public var application: Set<String>

  public init(
    id: String, name: String, secret: String? = nil, certificates: [[UInt8]] = [],
    allowsPublicClient: Bool = false, delegated: Set<String> = [], application: Set<String> = []
  ) {
    self.id = id
    self.name = name
    self.secret = secret
    self.certificates = certificates
    self.allowsPublicClient = allowsPublicClient
    self.delegated = delegated
    self.application = application
  }

  /// The registration for reading: public client, delegated permissions.
  public static func reading(id: String) -> GraphApp {
    GraphApp(
      id: id, name: "Presence reading", allowsPublicClient: true,
      delegated: ["Presence.Read.All", "User.Read.All"])
  }

  /// The registration for writing: client secret, application permission.
  public static func writing(id: String, secret: String) -> GraphApp {
    GraphApp(
      id: id, name: "Presence writing", secret: secret, application: ["Presence.ReadWrite.All"])
  }
}

/// A user that signs in by password: a communication user.
public struct GraphAccount: Sendable, Hashable {
  public var username: String
  public var password: String

  public init(username: String, password: String) {
    self.username = username
    self.password = password
  }
}

public struct GraphOptions: Sendable {
  /// Which documented form of validation tokens is sent.
  public enum ValidationTokenForm: Sendable, Hashable { case v1, v2 }

  public var tenantID = "11111111-2222-3333-4444-555555555555"
  public var tenantName = "Contoso"
  public var apps: [GraphApp] = []
  public var accounts: [GraphAccount] = []
  /// 0 takes a free one.
  public var port = 0
  public var threads = 2
  /// In simulated seconds.
  public var accessTokenSeconds = 3600.0
  /// Simulated seconds between two questions of a device whether its code has been typed.
  public var deviceCodeInterval = 5.0
  /// Presence requests per application in 30 simulated seconds.
  public var presenceRequestLimit = 1500
  public var validationTokenForm = ValidationTokenForm.v1
  /// An RSA key for validation tokens; nil makes one.
  public var signingKey: PrivateKey?
  /// What everybody's Teams client shows at the start; nil: it is closed.
  public var initialState: TeamsClientState? = .available
  /// Persistent connections to a notification address; a person's notifications share one, and stay in order.
  public var notificationConnections = 4
  /// Time limits of the outgoing calls, in real seconds.
  public var handshakeSeconds = 10.0
  public var deliverySeconds = 3.0

  public init() {}
}
