// Where log lines go: whole lines, one write each, so that lines of several threads never mix.

#if canImport(Glibc)
  import Glibc
#endif

/// A file descriptor that takes lines.
public struct LogOutput: Sendable {
  public static let standardError = LogOutput(descriptor: 2)
  private let descriptor: Locked<Int32>

  public init(descriptor: Int32) { self.descriptor = Locked(descriptor) }

  public var isTerminal: Bool { descriptor.withLock { isatty($0) == 1 } }

  /// Writes the line and its end. A reader that takes nothing for a second loses the line: logging must not
  /// stop the gateway.
  func write(_ line: String) {
    var line = line + "\n"
    line.withUTF8 { bytes in
      descriptor.withLock { descriptor in
        var rest = UnsafeRawBufferPointer(bytes)
        while let start = rest.baseAddress, !rest.isEmpty {
          let written = Glibc.write(descriptor, start, rest.count)
          if written > 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
          } else if errno == EAGAIN {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&wait, 1, 1000) <= 0 { return }
          } else if errno != EINTR {
            return
          }
        }
      }
    }
  }
}
