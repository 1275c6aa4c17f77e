// Whether a gateway runs already on this configuration, and what it says of itself.

import PluginAPI

struct RunningGateway: Sendable {
  private let client: AdminClient

  init(_ admin: AdminListener) { client = AdminClient(admin) }

  func finding() async -> (isThere: Bool, result: ProbeResult) {
    let name = "running gateway"
    let answer: HTTPResponse
    do throws(AdminClient.Failure) { answer = try await client.probe("/readyz") } catch {
      switch error {
      case .noAnswer(_, .tls):
        return (true, .init(name, .failed(reason: error.reason, remedy: error.remedy)))
      case .noAnswer: return (false, .init(name, .skipped(reason: "none answers at \(client.url)")))
      case .refused: return (false, .init(name, .failed(reason: error.reason, remedy: error.remedy)))
      }
    }
    switch answer.status {
    case 200: return (true, .init(name, .ok(detail: "it is ready")))
    case 503:
      let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
      return (true, .init(name, .failed(reason: lines, remedy: "see the admin page at \(client.url)/")))
    default: return (false, .init(name, .skipped(reason: "none answers at \(client.url)")))
    }
  }
}
