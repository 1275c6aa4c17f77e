// Group commit of the state file: everybody's record, each handed over alone as the core does, until all are written.

import FoundationEssentials
import Logging
import PluginAPI

@testable import Gateway

struct StoreRun {
  let users: ArraySlice<UserID>

  func recordsEachSecond() async throws -> Double {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteStore(
      path: folder.appendingPathComponent("state.db").path, logger: Logger(label: "benchmark"))
    let clock = ContinuousClock()
    let took = await clock.measure {
      for user in users {
        store.record([
          HeldRecord(
            plugin: "teams", user: user, content: .held(Presence(.busy, .inMeeting), leaseEnds: Date()))
        ])
      }
      await store.barrier()
    }
    await store.close()
    return Double(users.count) / took.inSeconds
  }
}
