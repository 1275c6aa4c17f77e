// Why a PBX that the gateway dials is not connected, and what to do about it.

import PluginAPI

struct DialTrouble: Sendable, Hashable {
  /// A metric label.
  let kind: String
  let reason: String
  let remedy: String

  /// No WebSocket came about.
  init(_ error: HTTPClientError, _ pbx: DialledPBX) {
    kind = "cannot_dial"
    switch error {
    case .tls:
      reason = "\(pbx.url): \(error)"
      remedy =
        "Write into `trust` the PEM file of the authority that issued the PBX's certificate, and into `url` the name "
        + "that stands in it."
    case .invalidRequest:
      reason = "\(pbx.url): \(error)"
      remedy = "Correct `url`, such as wss://pbx.contoso.example/PBX0/APPS/websocket."
    default: (reason, remedy) = Self.unreachable(error.description, pbx)
    }
  }

  /// The PBX answered, and did not let the gateway in.
  init(refused text: String, _ pbx: DialledPBX) {
    kind = "refused_us"
    reason = "\(pbx.url): \(text)"
    remedy =
      "Check that the PBX has an App object with the name `\(pbx.app)` and this password: the PBX does not tell which of "
      + "the two it does not know."
  }

  init(noPassword pbx: DialledPBX) {
    kind = "no_password"
    reason = "\(pbx.url): \(pbx.passwords.map(\.reference).joined(separator: ", ")) cannot be read"
    remedy = "Set it; it is read again at the next attempt."
  }

  /// The connection ended before there was an answer.
  init(unanswered text: String, _ pbx: DialledPBX) {
    kind = "cannot_dial"
    (reason, remedy) = Self.unreachable(text, pbx)
  }

  private static func unreachable(_ text: String, _ pbx: DialledPBX) -> (String, String) {
    (
      "\(pbx.url): \(text)",
      "It is dialled again by itself; check `url` and that nothing between the gateway and the PBX is in the way."
    )
  }
}
