// What an administrator knows better than the matching rules: rows of `people.overrides`.

/// Users are named by their id or any of their identities in that plugin.
struct PeopleOverrides: Sendable, Hashable {
  enum Action: Sendable, Hashable {
    /// These are one person, whatever the rules say.
    case match
    /// These take no part.
    case exclude(reason: String)
  }
  struct Row: Sendable, Hashable {
    /// In the file.
    let line: Int
    /// Plugin id and the text that names its user.
    let users: [Named]
    let action: Action
  }
  struct Named: Sendable, Hashable {
    let plugin: String
    let user: String
  }
  var rows: [Row] = []
}
