// The connector keeps the contract, as every connector must.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct ConformanceTests {
  @Test func asAPlugin() async {
    #expect(await Conformance.plugin(PBXPlugin.self, config: PluginRig.config) == [])
  }

  @Test func asADirectory() async throws {
    let rig = PluginRig()
    var pbx: MemorySocket?
    #expect(
      await Conformance.directory(rig.plugin) {
        // The PBX stays over a restart of the directory.
        guard pbx == nil else { return }
        let socket = await rig.connect()
        await rig.replicate(socket, [("u1", "pbx")])
        pbx = socket
      } == [])
    await pbx?.close()
  }

  @Test func asAStream() async {
    let rig = PluginRig()
    #expect(
      await Conformance.streaming(rig.plugin, watching: ["u1"], emitted: { rig.recorded.inlet.events }) == [])
  }

  @Test func onThePublicListener() async {
    #expect(await Conformance.routes(PluginRig().plugin) == [])
  }
}
