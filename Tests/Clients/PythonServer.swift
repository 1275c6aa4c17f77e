// A server that is not ours and runs while a test does: a program of Tests/Clients/python that prints its port.

import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

public struct PythonServer: Sendable {
  public let port: Int
  private let process: pid_t

  /// Nil, with a line that says so, where the environment has not been made or the program does not start.
  public init?(_ name: String, _ arguments: [String] = []) async {
    let python = "\(PythonClient.repository)/.venv/bin/python"
    let words = [python, "\(PythonClient.repository)/Tests/Clients/python/\(name)"] + arguments
    guard FileManager.default.isExecutableFile(atPath: python) else {
      print("skipped: \(name) needs .venv, which `Scripts/setup tests` makes")
      return nil
    }
    let started = await withCheckedContinuation { continuation in
      // Not one of the few threads that run tasks: it waits.
      Thread.detach { continuation.resume(returning: Self.start(words)) }
    }
    guard let started, let port = Int(started.line) else { fatalError("\(name) did not start") }
    (process, self.port) = (started.process, port)
  }

  public func stop() async {
    let process = process
    await withCheckedContinuation { continuation in
      Thread.detach {
        // Started from a thread that blocks every signal that can be blocked.
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        continuation.resume()
      }
    }
  }

  private static func start(_ words: [String]) -> (process: pid_t, line: String)? {
    var output: [Int32] = [0, 0]
    guard pipe(&output) == 0 else { return nil }
    defer { close(output[0]) }
    // The program must keep none of the sockets that other tests have open.
    for descriptor in 3..<Int32(1024) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    var process = pid_t()
    let pointers = words.map { strdup($0) } + [nil]
    defer { for word in pointers { free(word) } }
    let status = posix_spawn(&process, words[0], &actions, nil, pointers, environ)
    close(output[1])
    guard status == 0 else { return nil }
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return (process, String(decoding: line, as: UTF8.self))
  }
}
