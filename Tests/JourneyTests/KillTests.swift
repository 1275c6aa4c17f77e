// `kill -9` in the middle of a busy day: the executable itself, its sandbox, and what it says of it at the end.

import FoundationEssentials
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct KillTests {
  private struct Summary: Decodable {
    struct Side: Decodable { let changes, passedOn: Int }
    let teamsToPBX, pbxToTeams: Side
    let leftovers, exitCode, people, subscriptionsMade: Int
  }

  @Test func nothingIsLeftBehindAfterKillAndRestart() throws {
    guard let program = Journey.program else { return }
    let command =
      "'\(program)' sandbox --config '\(Journey.repository)/plugins.yaml' --people 40 --speed 60 "
      + "--seconds 14 --kill-after 5 --json"
    let pipe = try #require(popen(command, "r"))
    var output = ""
    var buffer = [CChar](repeating: 0, count: 65536)
    while fgets(&buffer, 65536, pipe) != nil {
      output += String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    #expect(pclose(pipe) == 0, "\(output)")
    let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("{") })
    let summary = try JSONDecoder().decode(Summary.self, from: Data(line.utf8))
    #expect(summary.leftovers == 0)
    #expect(summary.people == 40)
    #expect(summary.subscriptionsMade == 1, "taken over after the kill, not made anew")
    #expect(summary.teamsToPBX.passedOn > 0)
    #expect(summary.pbxToTeams.passedOn > 0)
  }
}
