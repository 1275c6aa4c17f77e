// Sockets are files, and files are few: how many connections a listener takes of them.

import Testing

@testable import Gateway

@Suite struct OpenFilesTests {
  @Test func theLimitIsRaisedToWhatIsAllowedAndNeverLowered() {
    #expect(OpenFiles.raised(soft: 1024, hard: 524_288) == 65_536)
    #expect(OpenFiles.raised(soft: 1024, hard: 4096) == 4096)
    #expect(OpenFiles.raised(soft: 100_000, hard: 524_288) == 100_000)
  }

  @Test func aListenerTakesItsHalfOfWhatTheRestDoesNotNeed() {
    #expect(OpenFiles.connections(4096, within: 65_536) == 4096)
    #expect(OpenFiles.connections(4096, within: 1024) == 341)
    #expect(OpenFiles.connections(4096, within: 64) == 16)
    #expect(OpenFiles.connections(2, within: 64) == 2)
  }
}
