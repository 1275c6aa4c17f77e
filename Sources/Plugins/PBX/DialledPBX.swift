// A PBX that cannot reach the gateway and is dialled instead: what the administrator writes under `connect`.

import PluginAPI

struct DialledPBX: Sendable {
  let url: String
  /// PEM file with the authorities to trust instead of the system's.
  let trust: String?
  /// The App object's name.
  let app: String
  /// Tried in turn: the one of now, then those of before.
  let passwords: [Secret]
  let namesAppInChallenge: Bool
  /// What a PBX that dials in tells in PbxInfo, which is not documented for this direction.
  let name: String
  let isMaster: Bool
  let domain: String
  let apis: [String]

  var key: PBXKey { PBXKey(domain: domain, pbx: name) }

  var host: String { Self.host(of: url) }

  /// Of a URL, or of what stands for one: the host in lower case, without a port.
  static func host(of url: String) -> String {
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    let host = url[start...].prefix { $0 != "/" }
    guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return host.lowercased() }
    return host[..<colon].lowercased()
  }

  /// The other arguments are what the plugin itself is configured with.
  init(_ entry: ConfigSection, domain: String?, master: String, appName: String, passwords: [Secret]) {
    let url = entry.string(
      "url", "the PBX's WebSocket, such as wss://pbx.contoso.example/PBX0/APPS/websocket")
    if !url.isEmpty, !url.hasPrefix("wss://"), !url.hasPrefix("ws://") {
      entry.reject("url", "must begin with wss:// or ws://, is \(url)")
    }
    self.url = url
    trust = entry.optionalFile("trust", "PEM file with the authorities to trust instead of the system's")
    app = entry.optionalString("app", "the App object's name; default: `app.name`") ?? appName
    let own = entry.optionalSecret("password", "the App object's password; default: `app.password`")
    self.passwords = own.map { [$0] } ?? passwords
    name = entry.optionalString("pbx", "the PBX's name; default: `master`") ?? master
    isMaster = name.lowercased() == master.lowercased()
    let system = entry.optionalString("domain", "the PBX's System Name; default: `domain` of the plugin")
    self.domain = system ?? domain ?? ""
    if self.domain.isEmpty {
      entry.reject("domain", "is needed here or beside `connect`: a PBX that is dialled does not tell it")
    }
    apis = entry.strings(
      "apis", default: ["PbxApi", "PbxTableUsers", "PbxImpersonation"],
      "what is ticked at the App object; also: PbxAdminApi (Admin), RCC")
    // (I) The vendor's newest client names the object in AppChallenge, older ones do not.
    namesAppInChallenge = entry.bool(
      "name_in_challenge", default: true, "whether the App object is named before the challenge is asked for")
  }
}
