// Replaces a file whole: whoever reads it sees the old or the new one, also after a power failure.

import OpenSSLCrypto

#if canImport(Glibc)
  import Glibc
#endif

public enum ReplacedFile {
  public struct Failure: Error, CustomStringConvertible { public let description: String }

  /// A link is followed; the owner stays as far as that is allowed, and so does the mode where `mode` is nil.
  public static func write(_ bytes: [UInt8], to path: String, mode: mode_t? = nil) throws(Failure) {
    let target = realpath(path, nil).map { pointer in
      defer { free(pointer) }
      return String(cString: pointer)
    }
    let place = target ?? path
    var facts = stat()
    let exists = stat(place, &facts) == 0
    guard !exists || facts.st_mode & S_IFMT == S_IFREG else {
      throw Failure(description: "file \(path) cannot be replaced: it is not a regular file")
    }
    // A name of its own for each: two at once must not write into one draft.
    let draft = "\(place).\(Hex.encode(SecureRandom.bytes(8))).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? 0o600 : mode ?? 0o640)
    guard descriptor >= 0 else { throw failure("cannot be written", draft) }
    if exists {
      if fchown(descriptor, facts.st_uid, facts.st_gid) != 0 {
        _ = fchown(descriptor, uid_t.max, facts.st_gid)
      }
      // After the owner, and without what this process's umask takes away.
      _ = fchmod(descriptor, mode ?? facts.st_mode & 0o7777)
    }
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
    keepName(in: place)
  }

  /// The new name outlives a power failure only when the folder is written too; some file systems cannot.
  private static func keepName(in path: String) {
    let descriptor = open(FilePath.folder(of: path) ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ what: String, _ path: String) -> Failure {
    Failure(description: "file \(path) \(what): \(String(cString: strerror(errno)))")
  }
}
