// A user as Graph lists them, and the directory entry that follows.

import PluginAPI

/// Source: https://learn.microsoft.com/en-us/graph/api/user-list
struct GraphUser: Codable, Sendable, Equatable {
  struct Plan: Codable, Sendable, Equatable {
    var servicePlanId: String?
    var capabilityStatus: String?
  }
  struct Removal: Codable, Sendable, Equatable {
    var reason: String?
  }
  var id: String
  var userPrincipalName: String?
  var displayName: String?
  var mail: String?
  var accountEnabled: Bool?
  var assignedPlans: [Plan]?
  var department: String?
  var companyName: String?
  var officeLocation: String?
  var country: String?
  var city: String?
  /// Only in delta answers.
  var removed: Removal?

  enum CodingKeys: String, CodingKey {
    case id, userPrincipalName, displayName, mail, accountEnabled, assignedPlans
    case department, companyName, officeLocation, country, city
    case removed = "@removed"
  }

  static let fields = "id,userPrincipalName,displayName,mail,accountEnabled,assignedPlans"

  var userID: UserID { UserID(id.lowercased()) }
  /// Plans are long, and what they say has been taken from them.
  var withoutPlans: GraphUser {
    var user = self
    user.assignedPlans = nil
    return user
  }
  func value(of attribute: UserFilter.Attribute) -> String? {
    switch attribute {
    case .department: department
    case .company: companyName
    case .office: officeLocation
    case .country: country
    case .city: city
    }
  }

  func hasTeams(plans: [String]) -> Bool {
    (assignedPlans ?? []).contains { plan in
      guard plan.capabilityStatus?.lowercased() == "enabled", let id = plan.servicePlanId?.lowercased() else {
        return false
      }
      return plans.contains { $0.lowercased() == id }
    }
  }

  /// `exclusion`: why the configuration leaves the user out.
  func entry(licensed: Bool, exclusion: String? = nil, groups: [String] = []) -> DirectoryUser {
    var identities: [Identity] = []
    if let mail, !mail.isEmpty { identities.append(Identity(.email, mail.lowercased())) }
    if let upn = userPrincipalName, !upn.isEmpty { identities.append(Identity(.upn, upn.lowercased())) }
    if let name = displayName, !name.isEmpty { identities.append(Identity(.name, name)) }
    let standing: DirectoryUser.Standing =
      if accountEnabled == false {
        .excluded(reason: "account disabled")
      } else if !licensed {
        .unlicensed(reason: "no Teams licence")
      } else if let exclusion {
        .excluded(reason: exclusion)
      } else {
        .active
      }
    return DirectoryUser(
      id: userID, displayName: displayName ?? userPrincipalName ?? id, identities: identities,
      groups: groups, standing: standing)
  }
}

/// `1951` → `1,951`.
func grouped(_ number: Int) -> String {
  var result = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0, index % 3 == 0, digit != "-" { result.append(",") }
    result.append(digit)
  }
  return String(result.reversed())
}
