// The connector's README, which tests hold to what the code does.

import FoundationEssentials

enum README {
  static func text() throws -> String {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    let path = "/" + parts.joined(separator: "/") + "/Sources/Plugins/Microsoft365/README.md"
    return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }
}
