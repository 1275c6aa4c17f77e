// How many files and sockets the process may have open: raised as far as the system allows, and shared out, so that
// connections never take what storage, plugins and the other listener need.

#if canImport(Glibc)
  import Glibc
#endif

enum OpenFiles {
  /// More would only make the kernel's tables large.
  private static let most = 65_536
  /// For everything that is no accepted connection.
  private static let reserve = 256

  /// The limit of this process, after it was raised to what it may be raised to.
  static let limit: Int = {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    let wanted = raised(soft: Int(clamping: limit.rlim_cur), hard: Int(clamping: limit.rlim_max))
    limit.rlim_cur = rlim_t(wanted)
    guard setrlimit(resource, &limit) != 0, getrlimit(resource, &limit) == 0 else { return wanted }
    return Int(clamping: limit.rlim_cur)
  }()

  /// Never lower than it was.
  static func raised(soft: Int, hard: Int) -> Int { max(soft, min(hard, most)) }

  /// Of the connections that a listener is set to take, as many as its half of the files allows, with one for each
  /// eight that gave way and still closes.
  static func connections(_ wanted: Int, within limit: Int) -> Int {
    min(wanted, max(16, (limit - reserve) / 2 * 8 / 9))
  }
}
