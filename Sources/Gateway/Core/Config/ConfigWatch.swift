// Notices that the configuration has changed, once whoever writes it is done.

import PluginAPI

#if canImport(Glibc)
  import Glibc
#endif

struct ConfigWatch: Sendable {
  /// The files it consists of now, the configuration file first.
  let files: @Sendable () -> [String]
  let clock: any GatewayClock
  var interval = Duration.seconds(1)

  /// One element for each change that has settled: the files looked the same twice in a row.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let task = Task { [self] in
      var settling = Settling(look())
      while (try? await clock.sleep(for: interval)) != nil {
        if settling.hasChanged(look()) { continuation.yield() }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  /// Other after each writing and each replacement; empty while the configuration file is not there. Others that it
  /// names may be missing for good: that is a mistake to be told.
  func look() -> [Int] {
    var look: [Int] = []
    for (number, file) in files().enumerated() {
      var status = stat()
      guard stat(file, &status) == 0 else {
        if number == 0 { return [] }
        look.append(-1)
        continue
      }
      look += [Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
    return look
  }

  /// Pure: looks in, whether to read the file out.
  struct Settling {
    private var read: [Int]
    private var last: [Int]

    init(_ look: [Int]) { (read, last) = (look, look) }

    mutating func hasChanged(_ look: [Int]) -> Bool {
      defer { last = look }
      // A file that is being replaced is not there for a moment.
      guard look == last, look != read, !look.isEmpty else { return false }
      read = look
      return true
    }
  }
}
