// Replaces a file whole: whoever reads it sees the old or the new one, also after a power failure.

#if canImport(Glibc)
  import Glibc
#endif

enum ReplacedFile {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// A link is followed; the mode stays.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let target = realpath(path, nil).map { pointer in
      defer { free(pointer) }
      return String(cString: pointer)
    }
    let place = target ?? path
    var facts = stat()
    let mode = stat(place, &facts) == 0 ? facts.st_mode & 0o777 : 0o640
    let draft = "\(place).\(getpid()).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure("cannot be written", draft) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    let isWhole = rest.isEmpty && fsync(descriptor) == 0
    let problem = failure("cannot be written", draft)
    guard close(descriptor) == 0, isWhole else {
      unlink(draft)
      throw problem
    }
    guard rename(draft, place) == 0 else {
      let problem = failure("cannot be replaced", place)
      unlink(draft)
      throw problem
    }
  }

  private static func failure(_ what: String, _ path: String) -> Failure {
    Failure(description: "file \(path) \(what): \(String(cString: strerror(errno)))")
  }
}
