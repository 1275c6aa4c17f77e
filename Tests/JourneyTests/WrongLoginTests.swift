// A PBX that does not know the password is refused, counted, and told so to the administrator.

import Sandbox
import Testing

@Suite(.serialized) struct WrongLoginTests {
  @Test(arguments: PBXPeer.others)
  func isRefusedAndCountedAndUnready(_ peer: PBXPeer) async throws {
    try await Journey.run(pbx: peer, password: "wrong", awaitReady: false) { journey in
      let result = peer.direction == .dialsIn ? "wrong_digest" : "refused_us"
      try await journey.until("refused") {
        await journey.metric("presence_gateway_pbx_logins_total", result) >= 1
      }
      let ready = await journey.get("/readyz")
      #expect(ready?.status == 503)
      let text = String(decoding: ready?.body ?? [], as: UTF8.self)
      #expect(text.contains("pbx: login pbx"))
      #expect(await journey.company.pbx.status(of: "pbx").loggedIn == false)
    }
  }
}
