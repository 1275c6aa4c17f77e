// After a reconnect, and after a restart, only what changed is read, and nobody is lost or kept by it.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct ResumeTests {
  private func read(_ pbx: MemorySocket, _ rows: [(guid: String, usn: Int)], newest: Int = 50) async {
    let src = await pbx.hear("ReplicateStart")?.src ?? ""
    pbx.say(#"{"mt":"ReplicateStartResult","src":"\#(src)","guid":"db","usn":\#(newest)}"#)
    for row in rows {
      _ = await pbx.hear("ReplicateNext")
      pbx.say(
        #"{"mt":"ReplicateNextResult","src":"\#(src)","usn":\#(row.usn),"columns":{"guid":"\#(row.guid)","h323":"sip-"#
          + #"\#(row.guid)","loc":"pbx"}}"#)
    }
    _ = await pbx.hear("ReplicateNext")
    pbx.say(#"{"mt":"ReplicateNextResult","src":"\#(src)"}"#)
  }

  private func everybody(_ rig: PluginRig) -> [[String]] {
    rig.directory.changes.compactMap {
      if case .snapshot(let users) = $0 { users.map(\.id.rawValue) } else { nil }
    }
  }

  /// Two users, who are in the state when this returns.
  private func readAndKeep(_ rig: PluginRig) async {
    await read(await rig.connect(), [("a", 1), ("b", 2)])
    await rig.until { everybody(rig).last == ["a", "b"] }
    await rig.pass(.seconds(1))
    await rig.until { rig.recorded.state.values[UserArchive.marksName] != nil }
  }

  @Test func aReconnectReadsTheChangesOnly() async throws {
    let rig = PluginRig()
    try await rig.run {
      await read(await rig.connect(), [("a", 1), ("b", 2)])
      await rig.until { everybody(rig).last == ["a", "b"] }
      let again = await rig.connect()
      await read(again, [("c", 3)])
      await rig.until { everybody(rig).last == ["a", "b", "c"] }
      again.say(#"{"mt":"ReplicateDel","src":"r1","columns":{"guid":"a"}}"#)
      await rig.until {
        if case .remove(let gone)? = rig.directory.changes.last { gone == ["a"] } else { false }
      }
    }
  }

  @Test func aRestartResumesFromTheState() async throws {
    let state = MemoryState()
    let first = PluginRig(state: state)
    try await first.run {
      await readAndKeep(first)
    }
    let second = PluginRig(state: state)
    try await second.run {
      let pbx = await second.connect()
      let start = await pbx.hear("ReplicateStart")
      #expect(start?.guid == "db" && start?.usn == 2)
      #expect(everybody(second).isEmpty, "what was kept is not published before it is up to date")
      pbx.say(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db"}"#)
      _ = await pbx.hear("ReplicateNext")
      pbx.say(#"{"mt":"ReplicateNextResult","src":"r1"}"#)
      await second.until { !everybody(second).isEmpty }
      pbx.say(#"{"mt":"ReplicateDel","src":"r1","columns":{"guid":"a"}}"#)
      await second.until {
        if case .remove(let gone)? = second.directory.changes.last { gone == ["a"] } else { false }
      }
      #expect(everybody(second) == [["a", "b"]])
    }
  }

  @Test func aDeltaWritesOnlyItsSlices() async throws {
    let state = MemoryState()
    let first = PluginRig(state: state)
    try await first.run {
      await readAndKeep(first)
      for name in state.values.keys where name.hasPrefix("users/") { await state.set(nil, for: name) }
      func written() -> [String] { state.values.keys.filter { $0.hasPrefix("users/") } }
      await read(await first.connect(), [])
      await first.until { everybody(first).count == 2 }
      await first.plugin.switchboard.keep()
      #expect(written() == [], "nobody changed")
      await read(await first.connect(), [("b", 3)])
      await first.until { everybody(first).count == 3 }
      await first.plugin.switchboard.keep()
      let slice = StableSlice.of("b", count: UserArchive.sliceCount)
      #expect(written() == [UserArchive.name(slice, of: "example.com")], "only the slice of who changed")
    }
  }

  @Test func nothingNewIsNoReasonToReadEverybody() async throws {
    let rig = PluginRig()
    try await rig.run {
      await read(await rig.connect(), [("a", 1), ("b", 2)], newest: 2)
      await rig.until { everybody(rig).last == ["a", "b"] }
      for count in 2...3 {
        let again = await rig.connect()
        await read(again, [], newest: 2)
        await rig.until { everybody(rig).count == count }
        #expect(everybody(rig).last == ["a", "b"])
      }
      #expect(await rig.connect().hear("ReplicateStart")?.usn == 2)
    }
  }

  @Test func afterALongAbsenceEverybodyIsRead() async throws {
    let rig = PluginRig()
    try await rig.run {
      let first = await rig.connect()
      await read(first, [("a", 1), ("b", 2)])
      await rig.until { everybody(rig).last == ["a", "b"] }
      await first.close()
      await rig.until { if case .failing? = rig.state("login pbx") { true } else { false } }
      rig.recorded.clock.advance(by: .seconds(3599))
      let second = await rig.connect()
      #expect(await second.hear("ReplicateStart")?.usn == 2)
      await second.close()
      await rig.until { if case .failing? = rig.state("login pbx") { true } else { false } }
      rig.recorded.clock.advance(by: .seconds(2))
      let third = await rig.connect()
      await read(third, [("b", 2)])
      await rig.until { everybody(rig).last == ["b"] }
    }
  }

  @Test func aDayAfterTheLastTimeEverybodyIsReadAgain() async throws {
    let received = "presence_gateway_pbx_messages_total{direction=received}"
    let rig = PluginRig([
      "master": "pbx", "keep_alive": "1h", "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      await read(await rig.connect(), [("a", 1), ("b", 2)])
      await rig.until { everybody(rig).last == ["a", "b"] }
      let again = await rig.connect()
      await read(again, [])
      await rig.until { everybody(rig).count == 2 }
      for _ in 0..<24 {
        // Heard before the hour is over, or the connection would count as dead.
        let heard = rig.metrics.total(received)
        again.say(#"{"mt":"KeepAlive"}"#)
        await rig.until { rig.metrics.total(received) > heard }
        rig.recorded.clock.advance(by: .seconds(3600))
        await rig.until { rig.recorded.clock.sleeperCount >= 2 }
      }
      let start = await again.hear("ReplicateStart")
      #expect(start != nil && start?.usn == nil)
      #expect(rig.state("users") == .ok(detail: "2 users"), "nobody is unready for it")
      again.say(#"{"mt":"ReplicateStartResult","src":"\#(start?.src ?? "")","guid":"db","usn":50}"#)
      _ = await again.hear("ReplicateNext")
      again.say(
        #"{"mt":"ReplicateNextResult","src":"\#(start?.src ?? "")","usn":2,"columns":{"guid":"b","h323":"b"}}"#
      )
      _ = await again.hear("ReplicateNext")
      again.say(#"{"mt":"ReplicateNextResult","src":"\#(start?.src ?? "")"}"#)
      await rig.until { everybody(rig).last == ["b"] }
    }
  }

  @Test func aDamagedSliceMeansReadingEverybody() async throws {
    let state = MemoryState()
    await state.set(Array(#"{"example.com":{"guid":"db","usn":2}}"#.utf8), for: UserArchive.marksName)
    await state.set(Array("garbage".utf8), for: UserArchive.name(3, of: "example.com"))
    let rig = PluginRig(state: state)
    try await rig.run {
      #expect(await rig.connect().hear("ReplicateStart")?.usn == nil)
    }
  }

  @Test func theOptionTurnsItOff() async throws {
    let rig = PluginRig([
      "master": "pbx", "resume_users": "false",
      "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      await read(await rig.connect(), [("a", 1), ("b", 2)])
      await rig.until { everybody(rig).last == ["a", "b"] }
      let start = await rig.connect().hear("ReplicateStart")
      #expect(start != nil && start?.usn == nil)
      #expect(rig.recorded.state.values.isEmpty)
    }
  }
}
