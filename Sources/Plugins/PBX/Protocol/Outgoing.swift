// One message to the PBX. A member that is nil is not sent.

import FoundationEssentials

struct Outgoing: Sendable, Encodable, Hashable {
  /// The SDK's own WebSocket client refuses frames over 16,384 bytes.
  static let maxBytes = 16_384

  var mt: String
  var api: String?
  var src: String?
  var app: String?
  var domain: String?
  var appObj: String?
  var challenge: String?
  var ok: Bool?
  var error: Int?
  var errorText: String?
  var sip: String?
  var h323: String?
  var guid: String?
  var dn: String?
  var digest: String?
  var contact: String?
  var activity: String?
  var note: String?
  var target: String?
  var id: Int?
  var add: Bool?
  var del: Bool?
  var columns: [String: [String: Bool]]?
  var pseudo: [String]?
  var usn: Int?
  var lic: String?
  var calls: Bool?
  var info: ServiceInfo?
  var serviceInfo: ServiceInfo?

  struct ServiceInfo: Sendable, Encodable, Hashable {
    var hidden: Bool?
    var apis: [String: String] = [:]
  }

  init(_ mt: String, api: String? = nil, src: String? = nil) {
    self.mt = mt
    self.api = api
    self.src = src
  }

  /// The text as it goes out, or nil when it would be longer than a PBX may accept.
  var text: [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self), data.count < Self.maxBytes else { return nil }
    return [UInt8](data)
  }
}

extension Outgoing {
  static let keepAlive = Outgoing("KeepAlive")

  /// A request that every PbxApi answers: a sign of life when the PBX has been silent.
  static let nodeInfo = Outgoing("GetNodeInfo", api: "PbxApi", src: "n")

  static func challenge(_ challenge: String, src: String?) -> Outgoing {
    var message = Outgoing("AppChallengeResult", src: src)
    message.challenge = challenge
    return message
  }

  static func loginAccepted(app: String?, domain: String?, src: String?) -> Outgoing {
    var message = Outgoing("AppLoginResult", src: src)
    message.app = app
    message.domain = domain
    message.ok = true
    return message
  }

  static func loginRefused(_ text: String, src: String?) -> Outgoing {
    var message = Outgoing("AppLoginResult", src: src)
    message.ok = false
    message.error = 1
    message.errorText = text
    return message
  }

  static func appInfo(app: String?, src: String?) -> Outgoing {
    var message = Outgoing("AppInfoResult", src: src)
    message.app = app
    message.info = ServiceInfo(hidden: false)
    message.serviceInfo = ServiceInfo()
    return message
  }

  /// Asks whether the user has the licence.
  static func checkLicence(_ licence: String, guid: String, src: String) -> Outgoing {
    var message = Outgoing("CheckAppLic", api: "PbxAdminApi", src: src)
    message.guid = guid
    message.lic = licence
    return message
  }

  /// Lists the subscriptions that are held up because visibility is missing, and follows the list.
  static let monitorUnallowed = Outgoing("MonitorUnallowed", api: "PbxAdminApi", src: "u")

  /// Follows every call of the PBX.
  static let monitorCalls: Outgoing = {
    var message = Outgoing("Initialize", api: "RCC", src: "q")
    message.calls = true
    return message
  }()

  static func subscribePresence(sip: String, src: String) -> Outgoing {
    var message = Outgoing("SubscribePresence", api: "PbxApi", src: src)
    message.sip = sip
    return message
  }

  /// Whether the PBX finds the subscription by `sip` or by `src` is not documented: both are sent.
  static func unsubscribePresence(sip: String, src: String) -> Outgoing {
    var message = Outgoing("UnsubscribePresence", api: "PbxApi", src: src)
    message.sip = sip
    return message
  }

  static func setPresence(guid: String, contact: String, entry: ContactEntry, src: String) -> Outgoing {
    var message = Outgoing("SetPresence", api: "PbxApi", src: src)
    message.guid = guid
    message.contact = contact
    message.activity = entry.activity
    message.note = entry.note
    return message
  }

  /// Opens a PbxApi that acts for the user; the answer names it as `target`.
  static func createAPI(sip: String, src: String) -> Outgoing {
    var message = Outgoing("CreateApi", api: "PbxImpersonation", src: src)
    message.sip = sip
    message.target = "PbxApi"
    return message
  }

  static func deleteAPI(_ target: String) -> Outgoing {
    var message = Outgoing("DeleteApi", api: "PbxImpersonation", src: "x")
    message.target = target
    return message
  }

  static func addAlienCall(target: String, src: String) -> Outgoing {
    Outgoing("AddAlienCall", api: target, src: src)
  }

  static func deleteAlienCall(target: String, id: Int, src: String) -> Outgoing {
    var message = Outgoing("DelAlienCall", api: target, src: src)
    message.id = id
    return message
  }
}
