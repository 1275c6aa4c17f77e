// Whether a gateway runs already on this configuration, and what it says of itself.

import PluginAPI

struct RunningGateway: Sendable {
  let admin: ListenAddress
  let http: any HTTPClient

  init(_ admin: ListenAddress, http: any HTTPClient) {
    self.admin = admin
    self.http = http
  }

  func finding() async -> (isThere: Bool, result: ProbeResult) {
    let name = "running gateway"
    let request = HTTPRequest("GET", "http://\(admin)/readyz", timeout: .seconds(5))
    guard let response = try? await http.send(request), response.status == 200 || response.status == 503
    else {
      return (false, .init(name, .skipped(reason: "none answers at \(admin)")))
    }
    let text = String(decoding: response.body, as: UTF8.self)
    let lines = text.split(separator: "\n").joined(separator: "; ")
    if response.status == 200 { return (true, .init(name, .ok(detail: "it is ready"))) }
    return (true, .init(name, .failed(reason: lines, remedy: "see the admin page at http://\(admin)/")))
  }
}
