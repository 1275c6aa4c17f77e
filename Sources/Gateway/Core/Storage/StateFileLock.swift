// One process for each state file: two gateways on one file would undo each other's work.

#if canImport(Glibc)
  import Glibc
#endif

/// Held until it is released or the process ends, however it ends. A file of its own beside the state file, because
/// SQLite's own locks end with any descriptor of that one.
final class StateFileLock: Sendable {
  private let descriptor: Locked<Int32?>

  init(path: String) throws(SQLiteError) {
    let name = path + ".lock"
    let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw SQLiteError(code: 0, description: "\(name): \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw SQLiteError(
        code: 0,
        description:
          "\(path) is in use by another presence-gateway: stop that one, or name another file under "
          + "gateway.state")
    }
    self.descriptor = Locked(descriptor)
  }

  func release() {
    descriptor.withLock { descriptor in
      if let open = descriptor { close(open) }
      descriptor = nil
    }
  }

  deinit { release() }
}
