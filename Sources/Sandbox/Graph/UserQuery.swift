// The OData options of the user calls, checked as the service checks them, and the state that page links
// carry.

import FoundationEssentials
import OpenSSLCrypto

/// Which users a `$filter` lets through: a conjunction of the supported clauses, or a choice of plans.
struct UserFilter: Sendable {
  private var wantsEnabled: Bool?
  /// Any of them will do.
  private var plans: Set<String> = []
  /// Filters on plans are advanced queries.
  var isAdvanced: Bool { !plans.isEmpty }

  init(_ text: String?) throws(GraphRefusal) {
    guard let text else { return }
    let choices = text.split(separator: " or ", omittingEmptySubsequences: false)
    if choices.count > 1 {
      guard choices.allSatisfy({ $0.hasPrefix("assignedPlans/") && $0.hasSuffix(")") }) else {
        throw Self.invalid
      }
      for choice in choices { try add(choice) }
      return
    }
    for clause in text.split(separator: " and accountEnabled", omittingEmptySubsequences: false).enumerated()
    {
      try add(clause.offset == 0 ? clause.element : "accountEnabled" + clause.element)
    }
  }

  private mutating func add(_ clause: Substring) throws(GraphRefusal) {
    let text = clause.split(separator: " ").joined(separator: " ")
    let plan =
      #/
      assignedPlans/any\((\w+):\s?(\w+)/servicePlanId\seq\s([0-9a-fA-F-]{36})
      \sand\s(\w+)/capabilityStatus\seq\s'Enabled'\)
      /#
    if let match = text.wholeMatch(of: plan) {
      guard match.output.1 == match.output.2, match.output.1 == match.output.4 else { throw Self.invalid }
      plans.insert(match.output.3.lowercased())
    } else if let match = text.wholeMatch(of: /accountEnabled eq (true|false)/) {
      wantsEnabled = match.output.1 == "true"
    } else {
      throw Self.invalid
    }
  }

  func admits(_ user: GraphUser) -> Bool {
    if let wantsEnabled, wantsEnabled != user.isEnabled { return false }
    return plans.isEmpty || (user.isLicensed && plans.contains(GraphUser.teamsPlan))
  }

  static let invalid = GraphRefusal(400, "Request_UnsupportedQuery", "Invalid filter clause")
  static let notAdvanced = GraphRefusal(
    400, "Request_UnsupportedQuery",
    "Unsupported or invalid query filter clause specified for property 'assignedPlans' of resource 'User'.")
}

/// The members that an answer shows.
struct UserSelection: Sendable {
  static let usual = [
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName",
  ]
  static let known = Set(
    usual + [
      "accountEnabled", "assignedLicenses", "assignedPlans", "userType", "createdDateTime", "department",
      "companyName", "country", "city",
    ])
  let names: [String]

  init(_ text: String?) throws(GraphRefusal) {
    guard let text, !text.isEmpty else {
      names = Self.usual
      return
    }
    names = try text.split(separator: ",").map { (part) throws(GraphRefusal) in
      let name = part.split(separator: " ").joined()
      guard let known = Self.known.first(where: { $0.lowercased() == name.lowercased() }) else {
        throw .badRequest("Could not find a property named '\(name)' on type 'microsoft.graph.user'.")
      }
      return known
    }
  }

  func json(_ user: GraphUser) -> [String: JSONValue] {
    var members: [String: JSONValue] = ["id": .string(user.id)]
    for name in names { members[name] = member(name, user) }
    return members
  }

  private func member(_ name: String, _ user: GraphUser) -> JSONValue {
    let words = user.displayName.split(separator: " ", maxSplits: 1).map { String($0) }
    switch name {
    case "id": return .string(user.id)
    case "displayName": return .string(user.displayName)
    case "userPrincipalName": return .string(user.userPrincipalName)
    case "mail": return JSONValue(user.mail)
    case "givenName": return JSONValue(words.first)
    case "surname": return words.count > 1 ? .string(words[1]) : nil
    case "accountEnabled": return .bool(user.isEnabled)
    case "userType": return "Member"
    case "department": return JSONValue(user.department)
    case "companyName": return JSONValue(user.companyName)
    case "officeLocation": return JSONValue(user.officeLocation)
    case "country": return JSONValue(user.country)
    case "city": return JSONValue(user.city)
    case "businessPhones", "assignedLicenses": return []
    case "assignedPlans":
      guard user.isLicensed else { return [] }
      return [
        [
          "assignedDateTime": "2026-01-01T00:00:00Z", "capabilityStatus": "Enabled",
          "service": "TeamspaceAPI", "servicePlanId": .string(GraphUser.teamsPlan),
        ]
      ]
    default: return nil
    }
  }
}

/// What `$skiptoken` and `$deltatoken` hold: opaque to the client.
struct PageToken: Sendable {
  /// The directory's version at the start of the round; changes after it belong to the next.
  var version: Int
  /// Only changes after this version are told; 0 tells everyone.
  var since: Int
  /// The next entry to look at.
  var position: Int
  var issued: Date
  var top: Int
  var select: String

  init(version: Int, since: Int = 0, position: Int = 0, issued: Date, top: Int, select: String = "") {
    self.version = version
    self.since = since
    self.position = position
    self.issued = issued
    self.top = top
    self.select = select
  }

  init?(_ text: String) {
    guard let bytes = Base64.decodeURL(text) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(
      separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 6, let version = Int(fields[0]), let since = Int(fields[1]),
      let position = Int(fields[2]),
      let issued = Double(fields[3]), let top = Int(fields[4]), position >= 0, (1...999).contains(top)
    else { return nil }
    self.init(
      version: version, since: since, position: position, issued: Date(timeIntervalSince1970: issued),
      top: top,
      select: String(fields[5]))
  }

  var text: String {
    let fields = "\(version)|\(since)|\(position)|\(issued.timeIntervalSince1970)|\(top)|\(select)"
    return Base64.encodeURL(Array(fields.utf8))
  }
}
