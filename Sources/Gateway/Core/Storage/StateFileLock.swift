// One process for each state file: two gateways on one file would undo each other's work.

#if canImport(Glibc)
  import Glibc
#endif

/// Held until it is released or the process ends, however it ends. A file of its own beside the state file, because
/// SQLite's own locks end with any descriptor of that one; in it, who holds it.
final class StateFileLock: Sendable {
  private let descriptor: Locked<Int32?>

  init(path: String) throws(SQLiteError) {
    let name = path + ".lock"
    let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let remedy =
        errno == ENOENT
        ? "make that folder, for the user that the gateway runs as"
        : "run this as the user that the gateway runs as, who must be able to write in that folder"
      throw SQLiteError(code: 0, description: "\(name): \(String(cString: strerror(errno))): \(remedy)")
    }
    FolderOwner.take(descriptor, at: name)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.number(in: descriptor).map { " (process \($0))" } ?? ""
      close(descriptor)
      throw SQLiteError(
        code: 0,
        description:
          "\(path) is in use by another presence-gateway\(holder): stop that one, with SIGTERM or its service, or "
          + "name another file under gateway.state")
    }
    ftruncate(descriptor, 0)
    let number = Array("\(getpid())\n".utf8)
    _ = pwrite(descriptor, number, number.count, 0)
    self.descriptor = Locked(descriptor)
  }

  func release() {
    descriptor.withLock { descriptor in
      if let open = descriptor { close(open) }
      descriptor = nil
    }
  }

  deinit { release() }

  /// The process that has the state file open, or nil when none has.
  static func holder(of path: String) -> Int? {
    let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : number(in: descriptor)
  }

  private static func number(in descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Int(String(decoding: bytes.prefix { $0 != 10 && $0 != 0 }, as: UTF8.self)) : nil
  }
}
