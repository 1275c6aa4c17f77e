// Which level counts for which part.

import Testing

@testable import Gateway

@Suite struct LogLevelTests {
  @Test func whatAdministratorsChangeIsToldWhateverTheLevelIs() {
    let quiet = LogOptions(level: .error)
    #expect(quiet.level(of: "core") == .error)
    #expect(quiet.level(of: "admin") == .notice)
    #expect(LogOptions(level: .debug).level(of: "admin") == .debug)
    #expect(LogOptions(level: .info, levels: ["admin": .critical]).level(of: "admin") == .critical)
  }
}
