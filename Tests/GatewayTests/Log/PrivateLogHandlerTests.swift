// With `privacy: true` no log line names a person.

import Logging
import Testing

@testable import Gateway

private struct Kept: LogHandler {
  let lines: Locked<[String]>
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]
  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }
  func log(event: LogEvent) {
    let facts = LogField.merged(metadata, nil, event).map { "\($0.key)=\($0.value)" }
    lines.withLock { $0.append(([event.message.description] + facts).joined(separator: " ")) }
  }
}

private struct Refused: Error, CustomStringConvertible {
  var description: String { "no mailbox for ada@contoso.example." }
}

@Suite struct PrivateLogHandlerTests {
  private let lines = Locked<[String]>([])
  private var logger: Logger {
    Logger(label: "x") { [lines] _ in PrivateLogHandler(Kept(lines: lines)) }
  }
  private let pseudonyms = Pseudonyms()

  @Test func aPersonAppearsUnderOnePseudonym() {
    logger.info("update rejected", metadata: ["user": "Ada@contoso.example", "sink": "pbx"])
    logger.info("update rejected", metadata: ["user": "ada@contoso.example"])
    let name = pseudonyms.name(for: "ada@contoso.example")
    #expect(
      lines.withLock { $0 } == ["update rejected sink=pbx user=\(name)", "update rejected user=\(name)"])
    #expect(name != pseudonyms.name(for: "bob@contoso.example"))
    #expect(name.count == 15)
  }

  @Test func addressesInsideAnyFactAreReplaced() {
    var logger = logger
    logger[metadataKey: "where"] = "mailbox of bob@contoso.example"
    logger.info("m", metadata: ["list": ["ada@contoso.example", ["b": "x@y, @ and z@"]]])
    logger.error("m", error: Refused())
    let all = lines.withLock { $0 }.joined(separator: "\n")
    #expect(!all.contains("contoso"))
    #expect(all.contains("mailbox of \(pseudonyms.name(for: "bob@contoso.example"))"))
    #expect(all.contains("\(pseudonyms.name(for: "x@y")), @ and z@"))
    #expect(all.contains("error=no mailbox for \(pseudonyms.name(for: "ada@contoso.example"))."))
  }

  @Test func withoutPrivacyNothingChanges() {
    let options = LogOptions(level: .info, levels: ["teams": .debug], privacy: false)
    let logger = options.loggers { [lines] _, level in
      var kept = Kept(lines: lines)
      kept.logLevel = level
      return kept
    }
    logger("core").debug("unseen")
    logger("teams").debug("seen", metadata: ["user": "ada@contoso.example"])
    #expect(lines.withLock { $0 } == ["seen user=ada@contoso.example"])
  }
}
