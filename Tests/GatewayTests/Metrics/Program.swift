// Other people's programs that judge ours: started, given input, asked for their verdict.

#if canImport(Glibc)
  import Glibc
#endif

struct Program {
  struct Failed: Error {}
  let path: String

  /// Nil when it is not installed.
  init?(_ name: String) {
    let places = ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"].map { $0 + name }
    guard let path = places.first(where: { access($0, X_OK) == 0 }) else { return nil }
    self.path = path
  }

  /// Waits for its end. The output is both standard output and standard error; the input is at most a pipe's
  /// worth ahead of the program.
  func run(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32, output: String) {
    var (stdin, stdout): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&stdin) == 0, pipe(&stdout) == 0 else { throw Failed() }
    // The program must keep none of the sockets that other tests have open at this moment.
    for descriptor in 3..<Int32(1024) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, stdin[0], 0)
    posix_spawn_file_actions_adddup2(&actions, stdout[1], 1)
    posix_spawn_file_actions_adddup2(&actions, stdout[1], 2)
    var process = pid_t()
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    guard posix_spawn(&process, path, &actions, nil, words, environ) == 0 else { throw Failed() }
    close(stdin[0])
    close(stdout[1])
    var rest = input[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(stdin[1], $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    close(stdin[1])
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(stdout[0], &buffer, buffer.count), count > 0 {
      output += buffer.prefix(count)
    }
    close(stdout[0])
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return ((status >> 8) & 0xFF, String(decoding: output, as: UTF8.self))
  }
}
