// What commands ask the running gateway about a person.

import FoundationEssentials
import Gateway

extension AdminSession {
  /// Throws when nobody or several fit, saying who.
  func explain(_ person: String, format: String) async throws(Failure) -> String {
    try await ask("GET", "/api/v1/explain", query: ["person": person, "format": format])
  }

  /// One user of the person, by which the API addresses them.
  func user(of person: String) async throws(Failure) -> PersonStory.User {
    let text = try await explain(person, format: "json")
    struct Users: Decodable { let users: [PersonStory.User] }
    guard let user = try? JSONDecoder().decode(Users.self, from: Data(text.utf8)).users.first else {
      throw .refused(
        reason: "the running gateway's answer is not understood", remedy: "use the command of its version")
    }
    return user
  }
}
