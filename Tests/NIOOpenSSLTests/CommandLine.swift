// The commands openssl and curl as peers that are not ours.

import Glibc
import NIOPosix
import Testing

/// A directory for one test's files; removed with it.
final class ScratchDirectory {
  let path: String
  private var files = 0

  init() throws {
    var template = Array("/tmp/nio-openssl-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(text: "no scratch directory") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { _ = try? run(["rm", "-r", path], output: "/dev/null") }

  /// Writes a file and answers its path.
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = "\(path)/\(name)"
    guard let stream = fopen(file, "w") else { throw Failure(text: "cannot write \(file)") }
    defer { fclose(stream) }
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
      throw Failure(text: "cannot write \(file)")
    }
    return file
  }

  func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }

  func openssl(_ arguments: String..., input: String = "") async throws -> (status: Int32, text: String) {
    try await command(["openssl"] + arguments, input: input)
  }

  /// Runs a command with a deadline of its own; answers its exit status and all that it printed.
  func command(_ arguments: [String], input: String = "") async throws -> (status: Int32, text: String) {
    let number = files
    files += 1
    let inputFile = try write(input, "input-\(number)")
    let output = "\(path)/output-\(number)"
    let status = try await NIOThreadPool.singleton.runIfActive {
      try run(["timeout", "30"] + arguments, input: inputFile, output: output)
    }
    return (status, String(decoding: try readFile(output), as: UTF8.self))
  }
}

struct Failure: Error { let text: String }

/// A whole file; throws when it is not there.
func readFile(_ path: String) throws -> [UInt8] {
  guard let stream = fopen(path, "r") else { throw Failure(text: "cannot read \(path)") }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&part, 1, part.count, stream)
    if count == 0 { return bytes }
    bytes += part[..<count]
  }
}

private func run(_ arguments: [String], input: String = "/dev/null", output: String) throws -> Int32 {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  posix_spawn_file_actions_adddup2(&actions, 1, 2)
  let words = arguments.map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  var process: pid_t = 0
  guard posix_spawnp(&process, arguments[0], &actions, nil, words, environ) == 0 else {
    throw Failure(text: "cannot run \(arguments[0])")
  }
  var status: Int32 = 0
  while waitpid(process, &status, 0) == -1 && errno == EINTR {}
  return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}
