// One connection of a PBX to the gateway as a value: the whole conversation can be tested without a socket.

import NIOCore

/// What the shell has to do after the session took something in, in this order.
public enum PBXEffect: Sendable, Hashable {
  /// A text message for the gateway; `showing` is the person's visible state when it is a PresenceUpdate.
  case send(String, showing: PBXShown? = nil)
  case close(reason: String)
  case loggedIn
  /// The gateway's write was accepted.
  case accepted(PBXShown)
  /// The PBX dropped by itself what that write had made.
  case undone(PBXShown)
  case refused(reason: String)
  /// The world changed: every session of every PBX must hear of it.
  case changed(PBXChange)
}

public struct PBXShown: Sendable, Hashable {
  public let person: Int
  public let state: String
  public init(person: Int, state: String) {
    self.person = person
    self.state = state
  }
}

public struct PBXSession: Sendable {
  /// Identifies the connection among all of them: alien calls belong to it.
  public let connection: Int
  let settings: PBXSettings
  let password: String
  /// Whether the gateway dialled, and has to prove itself.
  let isDialled: Bool
  var phase = Phase.opening
  private var lastSent: NIODeadline

  var replication: PBXReplication?
  /// By `src`, the only thing that names the user in later indications.
  var subscriptions: [String: Subscription] = [:]
  var watchers: [String: Set<String>] = [:]
  /// Impersonated APIs, `PbxApi.0` → guid.
  var targets: [String: String] = [:]
  var nextTarget = 0
  /// The `src` of MonitorUnallowed; nil when nobody asked.
  var unallowedSource: String?
  /// The `src` of RCC Initialize with `calls`, and the call of each phone that was told.
  var callsSource: String?
  var toldCalls: [String: ToldCall] = [:]
  var lastCall = 0
  /// Rows handed out since login, for progress displays.
  public internal(set) var replicatedRows = 0

  enum Phase: Sendable, Equatable {
    case opening, challenged, loggingIn, serving, closed
    /// The gateway dialled: it has said nothing yet; it was given this challenge.
    case listening
    case asked(challenge: String)
  }

  struct Subscription: Sendable {
    let guid: String
    var up: Bool
  }

  struct ToldCall: Sendable {
    let id: Int
    var phone: PBXUser.DeskPhone
  }

  static let maxSubscriptions = 200_000
  static let maxTargets = 200_000

  /// - Parameter password: what the App object holds, which a fault may make a wrong one.
  public init(
    connection: Int, settings: PBXSettings, password: String? = nil, isDialled: Bool = false, now: NIODeadline
  ) {
    self.connection = connection
    self.isDialled = isDialled
    self.settings = settings
    self.password = password ?? settings.password
    lastSent = now
  }

  public var isServing: Bool { phase == .serving }
  /// Subscriptions that the user's visibility lets through.
  public var liveSubscriptions: Int { subscriptions.values.count { $0.up } }

  /// The socket is open.
  public mutating func open(now: NIODeadline) -> [PBXEffect] {
    if isDialled {
      phase = .listening
      return []
    }
    phase = .challenged
    return noting([.send(#"{"mt":"AppChallenge"}"#)], now)
  }

  /// A whole text message of the gateway.
  public mutating func receive(_ text: String, world: inout PBXWorld, now: NIODeadline) -> [PBXEffect] {
    guard phase != .closed else { return [] }
    guard let request = PBXRequest(text) else {
      return [.refused(reason: "not a JSON object with members of the right type")]
    }
    let effects: [PBXEffect] =
      switch request.api ?? "" {
      case "" where isDialled: dialledBase(request, world: world)
      case "": base(request, world: world)
      case _ where phase != .serving: [.refused(reason: "\(request.mt) before the login")]
      case let api where targets[api] != nil: alienCall(request, guid: targets[api], world: &world)
      case let api where api.hasPrefix("PbxApi."): Self.refusal(request, "unknown target")
      case let api where !settings.apis.contains(api):
        [.refused(reason: "\(request.mt) of an API that is not ticked")]
      case "PbxApi": presence(request, world: &world)
      case "PbxTableUsers": table(request, world: world)
      case "PbxImpersonation": impersonation(request, world: &world)
      case "PbxAdminApi": admin(request, world: &world)
      case "RCC": rcc(request, world: world)
      default: []
      }
    return noting(effects, now)
  }

  /// Time passed: an idle connection is kept alive.
  public mutating func tick(now: NIODeadline) -> [PBXEffect] {
    guard phase == .serving, now - lastSent >= TimeAmount(settings.keepAlive) else { return [] }
    return noting([.send(#"{"mt":"KeepAlive"}"#)], now)
  }

  /// The socket is gone, and with it what the PBX kept for it.
  public mutating func close(world: inout PBXWorld) -> [PBXEffect] {
    phase = .closed
    let dropped = world.dropAlienCalls(connection: connection)
    let persons = dropped.compactMap { change in
      if case .presence(let guid) = change { world.user(guid: guid)?.person } else { nil }
    }
    return persons.map { .undone(PBXShown(person: $0, state: "AddAlienCall")) } + dropped.map { .changed($0) }
  }

  /// Something changed in the world, by whomever.
  public mutating func hear(_ change: PBXChange, world: PBXWorld, now: NIODeadline) -> [PBXEffect] {
    guard phase == .serving else { return [] }
    return noting(
      replicate(change, world: world) + notify(change, world: world) + tellCall(change, world: world), now)
  }

  private mutating func noting(_ effects: [PBXEffect], _ now: NIODeadline) -> [PBXEffect] {
    for case .send in effects { lastSent = now }
    return effects
  }

  /// A reply or indication: `mt`, `src`, `api`, then the payload, as the vendor's PBX writes them.
  static func message(
    _ mt: String, src: String?, api: String, _ payload: [(name: String, value: OrderedJSON)] = []
  ) -> PBXEffect {
    var members: [(name: String, value: OrderedJSON)] = [("mt", .string(mt))]
    if let src { members.append(("src", .string(src))) }
    members.append(("api", .string(api)))
    return .send(OrderedJSON.object(members + payload).text)
  }

  /// An error reply and its mention in the figures.
  static func refusal(_ request: PBXRequest, _ text: String) -> [PBXEffect] {
    [
      .refused(reason: "\(request.mt): \(text)"),
      message(
        request.mt + "Result", src: request.src, api: request.api ?? "",
        [("error", 1), ("errorText", .string(text))]),
    ]
  }
}
