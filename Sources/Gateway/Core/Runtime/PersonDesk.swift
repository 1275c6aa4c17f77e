// Answers questions about one person: the core's story, with what the plugins say about the user.

import FoundationEssentials
import PluginAPI

struct PersonDesk: Sendable {
  let core: GatewayCore
  let problems: ProblemBoard

  func explain(_ query: String) async -> PersonSearch {
    guard case .one(var story) = await core.explain(query) else { return await core.explain(query) }
    for (index, user) in story.users.enumerated() {
      story.users[index].problems = problems.problems(of: user.id, in: user.plugin).sorted { $0.key < $1.key }
        .map { "\($0.key): \($0.value.reason). \($0.value.remedy)" }
    }
    return .one(story)
  }

  /// `GET /api/v1/explain?person=…&format=json|text`: 404 for nobody, 300 for several.
  var route: WebRoute {
    WebRoute(
      "/api/v1/explain",
      .http { request in
        guard request.method == "GET" else { return .text(405, "method not allowed\n") }
        let query = RequestQuery(request.query)
        guard let person = query["person"], !person.isEmpty else {
          return .text(400, "?person= is missing: an id, e-mail address, number or name\n")
        }
        switch await explain(person) {
        case .nobody: return .text(404, "nobody is called \(printable(person))\n")
        case .several(let names):
          return .text(300, "several fit, name one more exactly:\n" + names.map { "  \($0)\n" }.joined())
        case .one(let story):
          if query["format"] == "text" { return .text(200, story.inWords) }
          guard let json = try? story.json() else { return .text(500, "no JSON\n") }
          return WebResponse(200, contentType: "application/json", body: json)
        }
      })
  }
}

extension WebResponse {
  fileprivate static func text(_ status: Int, _ text: String) -> WebResponse {
    WebResponse(status, body: Array(text.utf8))
  }
}

extension PersonStory {
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self))
  }
}
