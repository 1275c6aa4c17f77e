// Reads the gateway's own status, the way a monitoring system would.

import FoundationEssentials
import Gateway
import PluginAPI

struct StatusReader: Sendable {
  private let url: String
  private let client = CurlClient()

  init(adminPort: Int) { url = "http://127.0.0.1:\(adminPort)" }

  /// Nil while the gateway does not answer.
  func snapshot() async -> StatusSnapshot? {
    guard
      let response = try? await client.send(HTTPRequest("GET", "\(url)/status.json", timeout: .seconds(2))),
      response.status == 200
    else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decode(StatusSnapshot.self, from: Data(response.body))
  }
}
