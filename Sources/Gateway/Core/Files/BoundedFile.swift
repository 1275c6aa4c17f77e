// Reads a small file whole, and no more than it may hold: the path may name a device or a wrong, huge file.

#if canImport(Glibc)
  import Glibc
#endif

public enum BoundedFile {
  public struct Unreadable: Error, CustomStringConvertible {
    public let description: String
    var isTooLarge = false
  }

  public static func read(_ path: String, limit: Int) throws(Unreadable) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var filled = 0
    while filled <= limit {
      // Most files are small, whatever they may hold.
      if filled == bytes.count {
        bytes += [UInt8](repeating: 0, count: min(limit + 1 - filled, max(4 << 10, filled)))
      }
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        // A pipe whose writer is not done, as in `run <(envsubst …)`.
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, 5000) != 0 else {
          throw Unreadable(description: "file \(path) cannot be read: nothing came for 5s")
        }
        continue
      }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { return Array(bytes.prefix(filled)) }
      filled += count
    }
    throw Unreadable(description: "file \(path) is larger than \(limit >> 10) KB", isTooLarge: true)
  }

  /// For PEM and the like: what is no UTF-8 is replaced, and found wrong by whoever reads it.
  public static func text(_ path: String, limit: Int = 1 << 20) throws(Unreadable) -> String {
    String(decoding: try read(path, limit: limit), as: UTF8.self)
  }

  private static func failure(_ path: String) -> Unreadable {
    Unreadable(description: "file \(path) cannot be read: \(String(cString: strerror(errno)))")
  }
}
