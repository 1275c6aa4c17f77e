// The real gateway as a process of its own: this executable again, with `run` and an environment.

#if canImport(Glibc)
  import Glibc
#endif

struct GatewayProcess: Sendable {
  let pid: pid_t

  struct CannotStart: Error, CustomStringConvertible {
    let description: String
  }

  /// Standard error goes to `logFile`, which is appended to.
  static func start(config: String, environment: [String: String], logFile: String) throws -> GatewayProcess {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, logFile, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that Ctrl-C reaches the sandbox only, which then ends the gateway in good order.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

    let arguments: [UnsafeMutablePointer<CChar>?] =
      ["presence-gateway", "run", config].map { (text: String) in strdup(text) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, variables)
    guard code == 0 else {
      throw CannotStart(description: "the gateway cannot be started: \(String(cString: strerror(code)))")
    }
    return GatewayProcess(pid: pid)
  }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// The exit code once it has ended (128 + signal when a signal ended it), or nil while it runs.
  func exitCode() -> Int32? {
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// Resident memory in bytes, from /proc; nil when the process is gone.
  var residentBytes: Int? {
    guard let file = fopen("/proc/\(pid)/statm", "r") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 128)
    guard fgets(&text, 128, file) != nil else { return nil }
    let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = line.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
