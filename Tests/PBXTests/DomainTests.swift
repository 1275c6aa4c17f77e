// PBXs of several domains lead here: what is said about one does not hide what is wrong with another.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct DomainTests {
  @Test func eachDomainHasMarksOfItsOwn() async throws {
    let rig = PluginRig()
    try await rig.run {
      let first = await rig.connect(domain: "A.example")
      await rig.replicate(first, [("a", "pbx")])
      await rig.until { rig.state("login pbx") == .ok(detail: "domain A.example") }
      await rig.until { rig.state("users") == .ok(detail: "1 users") }
      let second = await rig.connect(domain: "b.example", apis: ["PbxApi", "PbxTableUsers"])
      await rig.until { rig.state("login pbx (b.example)") == .ok(detail: "domain b.example") }
      #expect(rig.state("login pbx (A.example)") == .ok(detail: "domain A.example"))
      #expect(rig.state("users (A.example)") == .ok(detail: "1 users"))
      #expect(rig.state("login pbx") == nil && rig.state("users") == nil)
      #expect(rig.state("calls pbx (b.example)") != nil && rig.state("calls pbx (A.example)") == nil)
      await rig.replicate(second, [("b", "pbx"), ("c", "pbx")])
      await rig.until { rig.state("users (b.example)") == .ok(detail: "2 users") }

      await first.close()
      await second.close()
      for domain in ["A.example", "b.example"] {
        await rig.until { if case .failing? = rig.state("login pbx (\(domain))") { true } else { false } }
      }
      _ = await rig.connect(domain: "b.example")
      await rig.until { rig.state("login pbx (b.example)") == .ok(detail: "domain b.example") }
      await rig.pass(.seconds(60))
      let lost = rig.recorded.health.checks["login pbx (A.example)"]
      #expect(lost?.required == true, "the gateway is not ready without it")
      if case .failing? = lost?.state {} else { Issue.record("\(String(describing: lost))") }
    }
  }

  @Test func aNameThatIsWrittenOtherwiseHasOneMark() async throws {
    let rig = PluginRig([
      "master": "PBX", "domain": "example.com",
      "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      await rig.pass(.seconds(1))
      #expect(rig.state("login PBX") != nil)
      _ = await rig.connect("pbx")
      await rig.until { rig.state("login pbx") == .ok(detail: "domain example.com") }
      #expect(rig.state("login PBX") == nil, "the gateway is ready")
    }
  }

  @Test func twoDialledDomainsHaveTheirNamesFromTheBeginning() async throws {
    let entries: [ConfigValue] = ["a.example", "b.example"].map {
      ["url": .scalar("wss://\($0)/PBX0/APPS/websocket"), "domain": .scalar($0)]
    }
    let rig = PluginRig([
      "master": "pbx", "app": ["path": "/p", "password": "env:pwd"], "connect": .list(entries),
    ])
    try await rig.run {
      for domain in ["a.example", "b.example"] {
        await rig.until { if case .failing? = rig.state("login pbx (\(domain))") { true } else { false } }
      }
    }
  }
}
