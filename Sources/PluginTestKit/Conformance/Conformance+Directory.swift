// What holds for who knows users.

import PluginAPI

extension Conformance {
  /// `meanwhile` plays the other side, once for each of the two times that the directory is published; it may return
  /// before anything is published.
  public static func directory(
    _ plugin: some DirectoryProvider, meanwhile: () async -> Void = {}
  ) async -> [String] {
    var findings = Findings()
    for time in ["", "published again, "] {
      let inlet = RecordingDirectory()
      let hasEnded = await cancelled {
        try await plugin.publishDirectory(to: inlet)
      } after: {
        await meanwhile()
        _ = await eventually { !inlet.changes.isEmpty }
      }
      findings.expect(hasEnded, "\(time)it does not end when it is cancelled")
      guard let first = inlet.changes.first else {
        findings.expect(false, "\(time)it says nothing")
        continue
      }
      guard case .snapshot(let users) = first else {
        findings.expect(false, "\(time)it begins with a change, not with a snapshot")
        continue
      }
      findings.expect(Set(users.map(\.id)).count == users.count, "\(time)a user is there twice")
      for user in users {
        findings.expect(!user.id.rawValue.isEmpty, "\(time)a user has no id")
        findings.expect(
          user.identities.allSatisfy { !$0.value.isEmpty }, "\(time)\(user.id) has an empty identity")
      }
    }
    return findings.list
  }
}
