// A PBX in Python, written from the vendor's documents alone: it gets in, and with each kind of wrong login it does not.

import Clients
import Testing

@Suite(.serialized) struct PBXPythonTests {
  @Test func theLoginIsTheOneOfTheDocuments() async throws {
    guard let client = PythonClient("pbx_login.py") else { return }
    try await PBXSite.run(people: 1) { site in
      let url = "ws://127.0.0.1:\(site.port)\(PBXSite.path)"
      let result = await client.run([url, "contoso.example", PBXSite.password])
      #expect(result.succeeded, "\(result.output)")
      #expect(result.output.contains(" cases, 0 failures"))
    }
  }
}
