// A gateway in Python, written from the vendor's documents alone, dials the simulated PBX: it gets in, and no wrong one.

import Clients
import NIOPosix
import Testing

@testable import Sandbox

@Suite(.serialized) struct PBXClientTests {
  @Test func theLoginIsTheOneOfTheDocuments() async throws {
    guard let client = PythonClient("pbx_dial.py") else { return }
    let population = Population(count: 1, seed: 11)
    let system = PBXSystem(
      world: PBXWorld(population: population), observer: LatencyBook(people: 1),
      on: MultiThreadedEventLoopGroup.singleton.next())
    let listener = try await PBXListener(
      PBXSettings(appURL: "https://localhost/unused/unused", password: "pwd"), in: system)
    let url = "ws://127.0.0.1:\(listener.port)\(PBXListener.path)"
    let result = await client.run([url, PBXAppObject().sip, "pwd"])
    #expect(result.succeeded, "\(result.output)")
    #expect(result.output.contains("10 cases, 0 failures"))
    #expect(await system.status(of: "pbx").logins == 3)
    await listener.close()
    #expect(await system.status(of: "pbx").connected == false)
  }
}
