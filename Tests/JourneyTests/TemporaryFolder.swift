// Where a test keeps its files: a new folder, which whoever asks for it removes.

import FoundationEssentials

func temporaryFolder(_ name: String) throws -> String {
  let path = FileManager.default.temporaryDirectory.path + "/\(name)-\(UInt64.random(in: 0...UInt64.max))"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}
