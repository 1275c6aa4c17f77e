// Which of the tenant's Teams users the gateway serves: by group, by attribute, and by name. Pure.

import PluginAPI

struct UserFilter: Sendable, Hashable {
  /// An attribute of a user that `users.where` may ask for.
  enum Attribute: String, CaseIterable, Sendable {
    case department, company, office, country, city

    /// Its name in Graph.
    var graphName: String {
      switch self {
      case .department: "department"
      case .company: "companyName"
      case .office: "officeLocation"
      case .country: "country"
      case .city: "city"
      }
    }
  }

  /// Ids or display names; empty: everybody.
  var groups: [String] = []
  /// Groups whose members are marked for the filters of routes, whoever is served.
  var taggedGroups: [String] = []
  /// User principal names; `*` stands for anything.
  var exclude: [String] = []
  /// Allowed values, lower case.
  var attributes: [Attribute: Set<String>] = [:]

  init() {}
  init(config: ConfigSection?) {
    groups = config?.strings("groups", "Only members of these groups (ids or names) are served") ?? []
    taggedGroups =
      config?.strings(
        "tag_groups", "More groups whose members are marked, for the filters of routes") ?? []
    exclude =
      config?.strings("exclude", "User principal names that are not served; * stands for anything") ?? []
    guard let place = config?.optionalSection("where", "Only users with these attributes are served")
    else { return }
    for attribute in Attribute.allCases {
      let values = place.strings(
        attribute.rawValue, "Only users whose \(attribute.rawValue) is one of these")
      if !values.isEmpty { attributes[attribute] = Set(values.map { $0.lowercased() }) }
    }
  }

  var allGroups: [String] { groups + taggedGroups.filter { !groups.contains($0) } }
  /// Of Graph's user, beyond those that are always read.
  var fields: [String] { Attribute.allCases.filter { attributes[$0] != nil }.map(\.graphName) }

  /// Why the user is not served, or nil. `groups` are those of `groups` that the user is in.
  func exclusion(of user: GraphUser, isMember: Bool) -> String? {
    let name = user.userPrincipalName ?? ""
    if let pattern = exclude.first(where: { Self.matches(name, $0) }) {
      return "excluded by users.exclude: \(pattern)"
    }
    for attribute in Attribute.allCases {
      guard let allowed = attributes[attribute] else { continue }
      guard let value = user.value(of: attribute), !value.isEmpty else {
        return "users.where asks for a \(attribute.rawValue)"
      }
      if !allowed.contains(value.lowercased()) {
        return "users.where does not name \(attribute.rawValue) \(value)"
      }
    }
    return groups.isEmpty || isMember ? nil : "in none of users.groups"
  }

  /// Without regard to case, from the first character to the last.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
    var rest = text.lowercased()[...]
    guard let first = parts.first, let last = parts.last, rest.hasPrefix(first) else { return false }
    if parts.count == 1 { return rest == first }
    rest = rest.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
