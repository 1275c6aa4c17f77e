// Makes the App object on a PBX, for `presence-gateway pbx create-app`.

import PluginAPI

/// Another App object, with *Admin* ticked, in whose name a PBX is changed.
public struct PBXAdministrator: Sendable {
  public var url: String
  /// PEM file with the authorities to trust instead of the system's.
  public var trust: String?
  public var app: String
  public var password: String

  /// `pbx` is a host, or the whole URL of its WebSocket. (I) The module is `PBX0` on every PBX that is not dynamic.
  public init(pbx: String, trust: String?, app: String, password: String) {
    url = pbx.contains("://") ? pbx : "wss://\(pbx)/PBX0/APPS/websocket"
    self.trust = trust
    self.app = app
    self.password = password
  }
}

extension PBXPlugin {
  /// What this configuration needs in `pbx`, a host or the URL of its WebSocket; nil: in each PBX.
  public func appObject(
    name: String? = nil, sip: String? = nil, isHidden: Bool, in pbx: String? = nil
  ) throws(PluginFailure) -> AppObject {
    guard let url = context.publicURL else {
      throw PluginFailure(
        .operatorAction(hint: "set it to what the PBX reaches the gateway by"),
        "gateway.public.url is not set")
    }
    // Admin tells at once whose visibility is missing, and is needed for licences; but it is a great right.
    let apis =
      ["PbxApi", "PbxTableUsers", "PbxImpersonation"] + (options.lineState == .rcc ? ["RCC"] : [])
      + (options.users.license == nil ? [] : ["PbxAdminApi"])
    let dialled = pbx.flatMap { self.dialled($0) }
    let sip = sip ?? dialled?.app ?? options.appName
    let direction: AppObject.Direction =
      if dialled != nil { .isDialled } else { pbx != nil || options.connect.isEmpty ? .dialsIn : .both }
    return AppObject(
      name: name ?? sip, sip: sip, url: "\(url)\(options.path)/\(options.appName)", isHidden: isHidden,
      direction: direction, password: dialled?.passwords.first ?? options.password, apis: apis)
  }

  /// The entry of `connect` with this URL; otherwise the first of the same host.
  private func dialled(_ pbx: String) -> DialledPBX? {
    options.connect.first { $0.url == pbx }
      ?? options.connect.first { $0.host == DialledPBX.host(of: pbx) }
  }

  /// As `connect` says of this PBX; of one that is not there, as it says of all.
  func namesApp(at url: String) -> Bool {
    dialled(url)?.namesAppInChallenge ?? options.connect.allSatisfy(\.namesAppInChallenge)
  }

  /// Creates the object; one that is there is changed only when `replacing`.
  public func create(
    _ app: AppObject, as administrator: PBXAdministrator, replacing: Bool
  ) async throws(PluginFailure) {
    let password: String
    do { password = try app.password.reveal() } catch {
      throw PluginFailure(.operatorAction(hint: "set it, then try again"), "the App's password: \(error)")
    }
    let namesApp = namesApp(at: administrator.url)
    let isThere: Bool
    do throws(AppDialogue.Failure) {
      isThere = try await AppDialogue.run(administrator.url, trust: administrator.trust, context) {
        dialogue in
        var claims = Outgoing("AppLogin")
        claims.app = administrator.app
        try await dialogue.logIn(claims, password: administrator.password, namesAppInChallenge: namesApp)
        let found = try await dialogue.ask(.getObject(sip: app.sip), for: "GetObjectResult").message.guid
        let guid = found.flatMap { $0.isEmpty ? nil : $0 }
        if guid != nil, !replacing { return true }
        let update = try app.update(guid: guid, password: password)
        let answer = try await dialogue.ask(text: update, for: "UpdateObjectResult").message
        if let failure = answer.failure { throw AppDialogue.Failure(reason: failure, isRefusal: true) }
        return false
      }
    } catch {
      let hint =
        error.isRefusal
        ? "check the name and the password of \(administrator.app), and that Admin is ticked at it"
        : "check the host, its certificate (`--trust`), and that Admin is ticked at \(administrator.app)"
      throw PluginFailure(.operatorAction(hint: hint), "\(administrator.url): \(error.reason)")
    }
    if isThere {
      throw PluginFailure(
        .operatorAction(hint: "choose another with `--sip`, or change that one with `--replace`"),
        "an object \(app.sip) is in that PBX already")
    }
  }
}

extension Outgoing {
  fileprivate static func getObject(sip: String) -> Outgoing {
    var message = Outgoing("GetObject", api: "PbxAdminApi", src: "g")
    message.h323 = sip
    return message
  }
}
