// The built executable as a process of its own: for what only a process has, signals, threads and an exit code.

import FoundationEssentials
import PluginTestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

final class GatewayProgram: Sendable {
  private let pid: pid_t
  private let log: String
  private let ended = Locked<Int32?>(nil)

  /// `presence-gateway run`, with its log in a file.
  init(_ path: String, config: String, environment: [String: String], log: String) throws {
    self.log = log
    // It must keep none of the sockets that other tests have open at this moment.
    for descriptor in 3..<Int32(1024) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let inherited = ProcessInfo.processInfo.environment.filter {
      ["PATH", "LD_LIBRARY_PATH"].contains($0.key)
    }
    let words: [UnsafeMutablePointer<CChar>?] =
      [path, "run", config].map { (text: String) in strdup(text) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] =
      environment.merging(inherited) { own, _ in own }.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid = pid_t()
    try #require(posix_spawn(&pid, path, &actions, nil, words, variables) == 0)
    self.pid = pid
  }

  /// Not to a process that has ended: its number may be another's by now.
  func send(_ signal: Int32) { if exitCode() == nil { kill(pid, signal) } }

  /// Once it has ended: its code, or the signal that ended it below zero.
  func exitCode() -> Int32? {
    ended.withLock { ended in
      var status: Int32 = 0
      if ended == nil, waitpid(pid, &status, WNOHANG) == pid {
        let signal = status & 0x7f
        ended = signal == 0 ? (status >> 8) & 0xff : -signal
      }
      return ended
    }
  }

  /// How often it has logged this message.
  func logged(_ message: String) -> Int {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.ranges(of: "\"message\":\"\(message)\"").count
  }
  var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  var threads: Int { count("task") }
  var descriptors: Int { count("fd") }
  private func count(_ folder: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/\(folder)").count) ?? 0
  }
}
