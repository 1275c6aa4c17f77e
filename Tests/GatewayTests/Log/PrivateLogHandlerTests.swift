// With `privacy: true` no log line names a person.

import Logging
import PluginTestKit
import Testing

@testable import Gateway

private struct Refused: Error, CustomStringConvertible {
  var description: String { "no mailbox for ada@contoso.example." }
}

@Suite struct PrivateLogHandlerTests {
  private let log = NotedLog()
  private var logger: Logger { Logger(label: "x") { [log] _ in PrivateLogHandler(log.handler) } }
  private let pseudonyms = Pseudonyms()

  @Test func aPersonAppearsUnderOnePseudonym() {
    logger.info("update rejected", metadata: ["user": "Ada@contoso.example", "sink": "pbx"])
    logger.info("update rejected", metadata: ["user": "ada@contoso.example"])
    let name = pseudonyms.name(for: "ada@contoso.example")
    #expect(
      log.lines == ["info: update rejected sink=pbx user=\(name)", "info: update rejected user=\(name)"])
    #expect(name != pseudonyms.name(for: "bob@contoso.example"))
    #expect(name.count == 15)
  }

  @Test func addressesInsideAnyFactAreReplaced() {
    var logger = logger
    logger[metadataKey: "where"] = "mailbox of bob@contoso.example"
    logger.info("m", metadata: ["list": ["ada@contoso.example", ["b": "x@y, @ and z@"]]])
    logger.error("m", error: Refused())
    let all = log.lines.joined(separator: "\n")
    #expect(!all.contains("contoso"))
    #expect(all.contains("mailbox of \(pseudonyms.name(for: "bob@contoso.example"))"))
    #expect(all.contains("\(pseudonyms.name(for: "x@y")), @ and z@"))
    #expect(all.contains("error=no mailbox for \(pseudonyms.name(for: "ada@contoso.example"))."))
  }

  @Test func withoutPrivacyNothingChanges() {
    let options = LogOptions(level: .info, levels: ["teams": .debug], privacy: false)
    let logger = options.loggers { [log] _, level in
      var kept = log.handler
      kept.logLevel = level
      return kept
    }
    logger("core").debug("unseen")
    logger("teams").debug("seen", metadata: ["user": "ada@contoso.example"])
    #expect(log.lines == ["debug: seen user=ada@contoso.example"])
  }
}
