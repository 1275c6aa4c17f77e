// The API of a real gateway does what its description says, whatever is sent to it.

import Clients
import Testing

@Suite(.serialized, .timeLimit(.minutes(6))) struct AdminAPITests {
  @Test func isWhatItsDescriptionSays() async throws {
    guard let judge = PythonClient("admin_api.py") else { return }
    try await Journey.run { journey in
      let (succeeded, output) = await judge.run(["http://127.0.0.1:\(journey.adminPort)"], within: 300)
      #expect(succeeded, "\(output)")
      #expect(await journey.get("/readyz")?.status == 200)
    }
  }
}
