// What a token allows, against what its sign-in is for, and where the missing permission is granted. Pure.

import PluginAPI

struct PermissionProbe: Sendable {
  let signIn: SignIn
  let token: String

  var result: ProbeResult { ProbeResult("permissions \(signIn.probeName)", state) }

  private var state: ProbeResult.State {
    guard let granted = UnverifiedClaims(token: token)?.permissions else {
      return .skipped(reason: "the token does not show its permissions")
    }
    let missing = wanted.filter { granted.isDisjoint(with: $0) }.map { $0[0] }
    guard !missing.isEmpty else { return .ok(detail: wanted.map { $0[0] }.joined(separator: ", ")) }
    let kind = signIn.username == nil ? "Application" : "Delegated"
    let names = missing.joined(separator: " and ")
    return .failed(
      reason: "\(names) \(missing.count == 1 ? "is" : "are") missing",
      remedy:
        "in Entra, application \(signIn.clientID): API permissions → Microsoft Graph → \(kind) → \(names), then "
        + "\"Grant admin consent\"")
  }

  /// Each as a list of which any is enough. Source: https://learn.microsoft.com/en-us/graph/permissions-reference
  private var wanted: [[String]] {
    switch (signIn.purpose, signIn.username) {
    case (.writing, _): [["Presence.ReadWrite.All"]]
    case (.reading, nil):
      [
        ["Presence.Read.All", "Presence.ReadWrite.All"],
        ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"],
      ]
    case (.reading, _?):
      [["Presence.Read.All"], ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"]]
    }
  }
}

extension SignIn {
  /// Short and stable, for the names of probes.
  var probeName: String { username ?? "\(purpose.rawValue) application" }
}
