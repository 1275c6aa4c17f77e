// The connector of CONTRIBUTING.md does what it says there.

import PluginAPI
import PluginTestKit
import Testing

@Suite struct BulletinConnectorTests {
  private let kit = RecordingContext()
  private func connector() -> BulletinConnector {
    BulletinConnector(
      config: TestConfig(["members": ["ada@contoso.example"]]).section, context: kit.context())
  }

  @Test func keepsTheContract() async {
    #expect(await Conformance.plugin(BulletinConnector.self, config: ["members": ["ada@x"]]) == [])
    #expect(await Conformance.directory(connector()) == [])
    #expect(
      await Conformance.sink(connector(), user: "ada@contoso.example", stranger: "eve@contoso.example") == [])
  }

  @Test func publishesItsMembers() async throws {
    let directory = RecordingDirectory()
    try await connector().publishDirectory(to: directory)
    guard case .snapshot(let users)? = directory.changes.first else {
      Issue.record("no snapshot")
      return
    }
    #expect(users.map(\.id) == ["ada@contoso.example"])
    #expect(kit.health.checks["members"]?.state == .ok(detail: "1 members"))
  }

  @Test func onlyRejectsTheStranger() async throws {
    let connector = connector()
    let updates = ["ada@contoso.example", "eve@contoso.example"].map {
      PresenceUpdate(user: UserID($0), presence: Presence(.busy), previous: nil, cause: .change)
    }
    #expect(
      try await connector.deliver(updates) == [.delivered(lease: nil), .rejected(reason: "not a member")])
    #expect(await connector.board == ["ada@contoso.example": Presence(.busy)])
  }
}
