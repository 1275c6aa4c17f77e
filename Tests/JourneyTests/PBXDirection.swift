// Who opens the connection between the gateway and a PBX: what holds in one direction has to hold in the other.

import PBX
import PluginTestKit
import Sandbox
import Testing

enum PBXDirection: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case dialsIn = "the PBX dials in"
  case isDialled = "the gateway dials"
  var testDescription: String { rawValue }

  /// The App object of the simulated PBXs.
  static let app = PBXAppObject().sip
  static let apis = ["PbxApi", "PbxTableUsers", "PbxImpersonation", "PbxAdminApi", "RCC"]

  static func entry(_ pbx: String, port: Int, apis: [String]) -> ConfigValue {
    [
      "url": .scalar("ws://127.0.0.1:\(port)\(PBXListener.path)"), "app": .scalar(app), "pbx": .scalar(pbx),
      "apis": .list(apis.map { .scalar($0) }),
    ]
  }

  /// An entry of `connect` for plugins.yaml, over TLS.
  static func yaml(port: Int) -> String {
    """
        connect:
          - url: wss://localhost:\(port)\(PBXListener.path)
            app: \(app)
            trust: ${TEAMS_TRUST}
            apis: [\(apis.joined(separator: ", "))]
        redial: 1s

    """
  }
}
