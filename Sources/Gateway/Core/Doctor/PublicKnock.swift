// Whether the public address leads to this process, through DNS, firewalls, proxies and certificates, as seen from here.

import PluginAPI

struct PublicKnock: Sendable {
  private static let name = "public address"
  private let listener: GatewayConfig.PublicListener
  private let trust: String?
  private let http: any HTTPClient
  /// Nobody but this process answers it.
  private let word = String(UInt64.random(in: 0...UInt64.max), radix: 36)

  init(_ listener: GatewayConfig.PublicListener, trust: String?, http: any HTTPClient) {
    self.listener = listener
    self.trust = trust
    self.http = http
  }

  private var path: String { "/doctor-\(word)" }
  var route: WebRoute { WebRoute(path, .http { [word] _ in WebResponse(200, body: Array(word.utf8)) }) }

  func finding() async -> ProbeResult {
    guard let url = listener.url else {
      return .init(Self.name, .skipped(reason: "gateway.public.url is not set"))
    }
    let request = HTTPRequest("GET", url + path, timeout: .seconds(10), trustFile: trust)
    do throws(HTTPClientError) {
      let response = try await http.send(request)
      if response.status == 200, response.body == Array(word.utf8) {
        return .init(Self.name, .ok(detail: "\(url) leads here"))
      }
      return failed(
        "\(url) is answered by something else (HTTP \(response.status))",
        "point the name, the reverse proxy or the port forwarding at \(listener.listen)")
    } catch {
      switch error {
      case .tls(let reason):
        return failed(
          "\(url): \(reason)",
          "serve the whole certificate chain of a publicly trusted authority for that name")
      case .timedOut:
        return failed(
          "\(url) does not answer within 10 s", "open the firewall, or allow the way back in from here")
      default:
        return failed("\(url): \(error)", "check the name in DNS, the firewall and gateway.public.url")
      }
    }
  }

  private func failed(_ reason: String, _ remedy: String) -> ProbeResult {
    .init(Self.name, .failed(reason: reason, remedy: remedy))
  }
}
