// The admin API of a journey's gateway, asked as its page asks.

import FoundationEssentials
import PluginAPI

extension Journey {
  struct Answer {
    let status: Int
    let text: String
  }

  func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
    struct Session: Decodable { let csrfToken: String }
    let session = try JSONDecoder().decode(
      Session.self, from: Data(await get("/api/v1/session")?.body ?? []))
    let response = try await http.send(
      HTTPRequest(
        method, "http://127.0.0.1:\(adminPort)\(path)",
        headers: [("x-csrf-token", session.csrfToken), ("content-type", "application/json")],
        body: body.map { Array($0.utf8) }))
    return Answer(status: response.status, text: String(decoding: response.body, as: UTF8.self))
  }
}
