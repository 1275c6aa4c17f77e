// The App object that a PBX needs for this gateway: to be typed by an administrator, or sent to PbxAdminApi.

import FoundationEssentials
import PluginAPI

public struct AppObject: Sendable {
  enum Direction: Sendable {
    case dialsIn, isDialled
    /// Some of the PBXs are dialled.
    case both
  }
  /// *Long name*, unique in the PBX.
  public var name: String
  /// *Name*, the SIP name: unique, and what stands in the users' Visibility tab.
  public var sip: String
  public let url: String
  /// Whether no user sees the tile.
  public var isHidden: Bool
  let direction: Direction
  /// What the gateway and the PBX know each other by.
  let password: Secret
  /// What the configuration needs, by the names of PbxInfo.
  let apis: [String]

  /// As PbxAdminApi calls the ticks.
  private static let ticks = [
    "PbxApi": "pbx", "PbxTableUsers": "tableusers", "PbxImpersonation": "impersonation",
    "PbxAdminApi": "admin", "RCC": "rcc",
  ]

  /// What is typed where, and what is left to do.
  public var instructions: String {
    let websocket =
      switch direction {
      case .dialsIn: ["websocket"]
      case .isDialled: [String]()
      case .both: ["websocket (not in a PBX that the gateway dials)"]
      }
    let ticked =
      (isHidden ? ["Hidden"] : []) + apis.map { $0 == "PbxAdminApi" ? "Admin" : $0 } + websocket
    return """
      In the PBX (PBX Manager, or PBX/Objects), a new object of type App:

        Long name   \(name)
        Name (SIP)  \(sip)
        Password    the value of \(password.reference)
        URL         \(url)
        Tick        \(ticked.joined(separator: ", "))

      """
  }

  /// What is left when the object is there.
  public var nextSteps: String {
    let page =
      isHidden
      ? "" : "\n  * In tab Apps of administrators, or of their template: \(sip), so that they see its tile."
    return """
      Still to do in the PBX:
        * In the config template of the users (or each user), tab Visibility: \(sip) with visible, online,
          presence and otf, and note if notes are wanted. Without it nothing is read.
        * With slaves: the App object is needed on each of them too, or is replicated to them.\(page)

      """
  }

  // MARK: PbxAdminApi

  private struct Update: Encodable {
    struct Pseudo: Encodable {
      let type = "app"
      let app: App
    }
    struct App: Encodable {
      var url: String
      var hidden: Bool
      var dialsIn: Bool
      var ticks: [String]
      func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Name.self)
        try members.encode(url, forKey: Name("url"))
        try members.encode(dialsIn, forKey: Name("websocket"))
        try members.encode(hidden, forKey: Name("hidden"))
        for tick in ticks { try members.encode(true, forKey: Name(tick)) }
      }
    }
    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }
    let mt = "UpdateObject"
    let api = "PbxAdminApi"
    let src = "a"
    var guid: String?
    var cn: String
    var h323: String
    var pwd: String
    /// Out of the directory, and not deleted by accident: as the vendor's own plugins have it.
    let hide = true
    let critical = true
    var pseudo: Pseudo
  }

  /// The request that makes it, or changes the object with that guid.
  func update(guid: String?, password: String) throws -> [UInt8] {
    let app = Update.App(
      url: url, hidden: isHidden, dialsIn: direction != .isDialled, ticks: apis.compactMap { Self.ticks[$0] })
    let update = Update(guid: guid, cn: name, h323: sip, pwd: password, pseudo: .init(app: app))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(update))
  }
}
