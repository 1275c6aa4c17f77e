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
