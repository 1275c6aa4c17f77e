// What commands say: results on standard output, everything else on standard error.

import ArgumentParser
import Gateway

#if canImport(Glibc)
  import Glibc
#endif

enum Terminal {
  /// Nil, or why not all of it could be written.
  @discardableResult
  static func write(_ text: String, to descriptor: Int32) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return String(cString: strerror(errno)) }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
      return nil
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

/// On standard output, what the command was asked for. Where that cannot be written the command ends: nobody shall take
/// a part, such as of an export on a full disk, for the whole.
func tell(_ text: String) {
  guard let reason = Terminal.write(text, to: 1) else { return }
  say("✗ standard output cannot be written: \(reason)")
  exit(1)
}

/// One line on standard error.
func say(_ line: String) { Terminal.write(line + "\n", to: 2) }

/// Says why it could not be done, and with a remedy what to do, as `doctor` does; to be thrown, so that the command ends.
func failure(_ reason: String, _ remedy: String? = nil) -> ExitCode {
  say("✗ \(reason)" + (remedy.map { "\n    → \($0)" } ?? ""))
  return .failure
}

/// Says why a plugin cannot be used by itself; to be thrown like the other.
func failure(_ reason: SinglePlugin.Failure) -> ExitCode {
  guard case .configuration = reason else { return failure(reason.description) }
  say(reason.description)
  return ExitCode(2)
}

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
