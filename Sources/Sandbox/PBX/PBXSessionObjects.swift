// GetObject and UpdateObject of PbxAdminApi, for App objects only, and strict: what the vendor's own plugins do not
// send is refused.

import OpenSSLCrypto

/// An App object as it was made.
public struct PBXMadeApp: Sendable, Hashable {
  public var guid: String
  public var cn: String
  public var sip: String
  public var password: String
  public var url: String
  /// The attributes that are ticked.
  public var ticks: Set<String>
}

/// Types of objects in a replication, or what kind of object one is.
enum PBXPseudo: Decodable, Sendable {
  case types([String])
  case object(type: String, app: [String: Attribute])

  enum Attribute: Decodable, Sendable {
    case flag(Bool)
    case text(String)
    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let flag = try? value.decode(Bool.self) {
        self = .flag(flag)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }
  private enum Key: String, CodingKey { case type, app }

  init(from decoder: any Decoder) throws {
    if let types = try? decoder.singleValueContainer().decode([String].self) {
      self = .types(types)
      return
    }
    let members = try decoder.container(keyedBy: Key.self)
    self = .object(
      type: try members.decode(String.self, forKey: .type),
      app: try members.decodeIfPresent([String: Attribute].self, forKey: .app) ?? [:])
  }

  var types: [String]? { if case .types(let types) = self { types } else { nil } }
}

extension PBXSession {
  /// The ticks of the vendor's plugins and of go-myapps' `PseudoTypeXmlApp`.
  private static let ticks: Set = [
    "websocket", "hidden", "web", "pbx", "pbxsignal", "epsignal", "messages", "tableusers", "admin",
    "services",
    "rcc", "impersonation",
  ]
  static let maxMadeApps = 1_000

  func getObject(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    let made = world.madeApps.values.first {
      $0.guid == request.guid || $0.sip == request.h323 || $0.cn == request.cn
    }
    guard let made else { return Self.refusal(request, "not found") }
    return [
      Self.message(
        "GetObjectResult", src: request.src, api: "PbxAdminApi",
        [("guid", .string(made.guid)), ("cn", .string(made.cn)), ("h323", .string(made.sip))])
    ]
  }

  mutating func updateObject(_ request: PBXRequest, world: inout PBXWorld) -> [PBXEffect] {
    guard case .object("app", let attributes) = request.pseudo else {
      return Self.refusal(request, "only App objects are simulated")
    }
    guard let cn = request.cn, !cn.isEmpty, let sip = request.h323, !sip.isEmpty else {
      return Self.refusal(request, "cn and h323 are needed")
    }
    guard let password = request.pwd, (1...16).contains(password.count) else {
      return Self.refusal(request, "pwd must have 1 to 16 characters")
    }
    var (url, ticks) = ("", Set<String>())
    for (name, value) in attributes {
      switch value {
      case .text(let text) where name == "url": url = text
      case .flag(let flag) where Self.ticks.contains(name): if flag { ticks.insert(name) }
      default: return Self.refusal(request, "app has no such attribute \(name)")
      }
    }
    guard PBXSettings(appURL: url, password: password).dial != nil else {
      return Self.refusal(request, "app.url is no App's URL")
    }
    let others = world.madeApps.values.filter { $0.guid != request.guid }
    let isTaken =
      sip == world.app.sip || cn == world.app.dn || world.user(sip: sip) != nil
      || others.contains { $0.sip == sip || $0.cn == cn }
    guard !isTaken else { return Self.refusal(request, "cn and h323 must be unique") }
    if let guid = request.guid, world.madeApps[guid] == nil { return Self.refusal(request, "unknown guid") }
    guard world.madeApps.count < Self.maxMadeApps else { return Self.refusal(request, "too many objects") }
    let guid = request.guid ?? Hex.encode(SecureRandom.bytes(16))
    world.madeApps[guid] = PBXMadeApp(
      guid: guid, cn: cn, sip: sip, password: password, url: url, ticks: ticks)
    return [
      Self.message("UpdateObjectResult", src: request.src, api: "PbxAdminApi", [("guid", .string(guid))])
    ]
  }
}
