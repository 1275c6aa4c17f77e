// Plain words on the terminal.

#if canImport(Glibc)
  import Glibc
#endif

enum Terminal {
  static func write(_ text: String, to descriptor: Int32 = 1) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count <= 0 { return }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
  }

  static var isInteractive: Bool { isatty(1) == 1 }

  /// Rows and columns of the terminal, or 24 × 100 when there is none.
  static var size: (rows: Int, columns: Int) {
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return (24, 100) }
    return (Int(size.ws_row), Int(size.ws_col))
  }
}

/// One line on standard error.
func say(_ line: String) { Terminal.write(line + "\n", to: 2) }

/// The environment of this process, once, as a value.
func processEnvironment() -> [String: String] {
  var variables: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
    entry += 1
  }
  return variables
}
