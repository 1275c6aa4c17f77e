// Answers questions about one person: the core's story, with what the plugins say about the user.

import FoundationEssentials
import PluginAPI

struct PersonDesk: Sendable {
  let core: GatewayCore
  let problems: ProblemBoard

  func explain(_ query: String) async -> PersonSearch {
    let found = await core.explain(query)
    if case .one(let story) = found { return .one(complete(story)) }
    return found
  }

  /// Nil when there is no such user.
  func story(of user: UserID, in plugin: String) async -> PersonStory? {
    await core.story(of: user, in: plugin).map(complete)
  }

  private func complete(_ story: PersonStory) -> PersonStory {
    var story = story
    for (index, user) in story.users.enumerated() {
      story.users[index].problems = problems.problems(of: user.id, in: user.plugin).sorted { $0.key < $1.key }
        .map { "\($0.key): \($0.value.reason). \($0.value.remedy)" }
    }
    return story
  }
}

extension AdminSite {
  func explain(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    enum Format: String, CaseIterable { case json, text }
    let query = try APIQuery(call)
    let format = try query.word("format", as: Format.self) ?? .json
    guard let person = try query.text("person") else {
      throw APIProblem(400, "person is missing", "Give an id, e-mail address, number or name.")
    }
    switch await PersonDesk(core: core, problems: problems).explain(person) {
    case .nobody:
      throw APIProblem(404, "nobody is called \(printable(person))", "Look at the People page.")
    case .several(let names):
      throw APIProblem(
        409, "several fit:\n" + names.map { "  \(printable($0))" }.joined(separator: "\n"),
        "Name one more exactly.")
    case .one(let story):
      if format == .json { return .whole(.json(story)) }
      return .whole(WebResponse(200, body: Array(story.inWords.utf8)))
    }
  }
}
