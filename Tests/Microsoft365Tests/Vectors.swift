// The reference vectors, where they are at hand: beside the repository, never in it.

import FoundationEssentials

enum Vectors {
  static let folder: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.dropLast().joined(separator: "/") + "/shared/reference/vectors"
  }()
  static let arePresent = FileManager.default.fileExists(atPath: "\(folder)/README.md")
  static let absence = "the reference vectors are not at ../shared/reference/vectors"

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(folder)/\(path)")))
  }
  static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

  /// One line of `errors/index.json`.
  struct ErrorCase: Decodable {
    let file: String
    let httpStatus: Int
    let headers: [String: String]
  }
  static func errors() throws -> [ErrorCase] {
    try JSONDecoder().decode([ErrorCase].self, from: Data(try bytes("errors/index.json")))
  }
}
