// Runs a judge that is not ours: a program of Tests/Clients/python in the virtual environment of `Scripts/setup tests`.

import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

public struct PythonClient: Sendable {
  public static let repository: String = {
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  }()
  private let program: String

  /// Nil, with a line that says so, where the environment has not been made.
  public init?(_ name: String) {
    program = "'\(Self.repository)/.venv/bin/python' '\(Self.repository)/Tests/Clients/python/\(name)'"
    guard FileManager.default.isExecutableFile(atPath: "\(Self.repository)/.venv/bin/python") else {
      print("skipped: \(name) needs .venv, which `Scripts/setup tests` makes")
      return nil
    }
  }

  /// What the program printed, its errors included, and whether it ended well; it is ended after `seconds`.
  public func run(_ arguments: [String], within seconds: Int = 120) async -> (succeeded: Bool, output: String)
  {
    let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
    return await Shell.run("\(program) \(quoted)", within: seconds)
  }
}

public enum Shell {
  /// What the command printed, its errors included, and whether it ended well; it is ended after `seconds`.
  public static func run(_ command: String, within seconds: Int) async -> (succeeded: Bool, output: String) {
    await withCheckedContinuation { continuation in
      // Not one of the few threads that run tasks: it waits.
      Thread.detach {
        // It must keep none of the sockets of this process: a listener that is closed would still be there.
        for descriptor in 3..<Int32(1024) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        guard let pipe = popen("timeout \(seconds) \(command) 2>&1", "r") else {
          return continuation.resume(returning: (false, "cannot run \(command)"))
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer[..<count] }
        continuation.resume(returning: (pclose(pipe) == 0, String(decoding: output, as: UTF8.self)))
      }
    }
  }
}

enum Thread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func detach(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    let result = pthread_create(
      &thread, nil,
      { work in
        Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().body()
        return nil
      }, work)
    precondition(result == 0, "no thread")
    pthread_detach(thread)
  }
}
