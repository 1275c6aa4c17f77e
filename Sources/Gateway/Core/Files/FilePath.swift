// The parts of a path, as the system reads it.

enum FilePath {
  /// The folder that holds it; nil where the path names none.
  static func folder(of path: String) -> String? {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
  }
}
