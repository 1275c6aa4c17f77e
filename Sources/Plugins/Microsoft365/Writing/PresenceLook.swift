// A look at what Teams shows for one person, before something of theirs could be overwritten.

import FoundationEssentials
import PluginAPI

struct PresenceLook: Sendable {
  struct Shown: Decodable, Sendable {
    struct Status: Decodable, Sendable {
      struct Message: Decodable, Sendable { var content: String? }
      var message: Message?
    }
    var availability: String?
    var activity: String?
    var statusMessage: Status?

    /// Nil when there is none.
    var message: String? {
      let text = statusMessage?.message?.content?.trimmed ?? ""
      return text.isEmpty ? nil : text
    }
    /// Without a session nothing shows: neither what we set nor what the person chose.
    var tellsNothing: Bool {
      let word = activity?.lowercased()
      return word == nil || word == "offline" || word == "presenceunknown"
    }
  }

  let graph: GraphClient
  let signIn: SignIn

  /// Nil when it cannot be seen; whatever is in the way will show at the write itself.
  func at(_ user: UserID) async -> Shown? {
    let request = GraphRequest(
      call: .getPresence, method: "GET", target: "/users/\(percentEncode(user.rawValue))/presence",
      timeout: .seconds(10), maxResponseBytes: 1 << 18)
    return try? await graph.fetch(Shown.self, request, as: [signIn])
  }
}
