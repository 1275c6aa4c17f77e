// A folder for one state file, gone when the test is over.

import FoundationEssentials
import PluginTestKit

@testable import Gateway

struct StateFileFixture {
  let path: String
  let log = NotedLog()
  let clock = ManualClock()

  static func run(_ body: (StateFileFixture) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(StateFileFixture(path: folder.appending(path: "state.db").path()))
  }

  func open() throws -> SQLiteStore { try SQLiteStore(path: path, logger: log.logger(), clock: clock) }

  /// Opens the file, and closes it behind `body`.
  func withStore<Result>(_ body: (SQLiteStore) async throws -> Result) async throws -> Result {
    let store = try open()
    do {
      let result = try await body(store)
      await store.close()
      return result
    } catch {
      await store.close()
      throw error
    }
  }

  /// Files that were moved aside.
  var damaged: [String] {
    let folder = URL(filePath: path).deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    return names.filter { $0.hasPrefix("state.db.damaged-") }.map { folder.appending(path: $0).path() }
  }
}
