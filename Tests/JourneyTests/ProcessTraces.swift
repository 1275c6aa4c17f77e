// What a run leaves in this process: threads, and open files and sockets. Only figures of a process in which nothing else
// runs say something; the suite runs one test after the other.

import FoundationEssentials
import Testing

struct ProcessTraces: CustomStringConvertible {
  /// Their names; sorted.
  let threads: [String]
  /// What each open descriptor is: `socket:[…]`, `/path/of/a/file`; sorted.
  let descriptors: [String]

  static var now: ProcessTraces {
    ProcessTraces(
      threads: list("task").compactMap {
        try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
          .trimmingCharacters(in: "\n")
      }.sorted(),
      descriptors: list("fd").compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
      }.sorted())
  }

  private static func list(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)")) ?? []
  }

  var description: String {
    "\(threads.count) threads \(threads), \(descriptors.count) descriptors \(descriptors)"
  }

  /// Runs `body`, and fails when more is there afterwards than before; what ends by itself may take a moment.
  static func expectNone(by body: () async throws -> Void) async throws {
    let before = now
    try await body()
    for _ in 0..<200 {
      let after = now
      if after.threads.count <= before.threads.count, after.descriptors.count <= before.descriptors.count {
        return
      }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("before: \(before)\nafter: \(now)")
  }
}

extension String {
  fileprivate func trimmingCharacters(in unwanted: Character) -> String {
    String(prefix { $0 != unwanted })
  }
}
