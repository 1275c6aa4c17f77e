// What a log line looks like: people and collectors both rely on it.

import Logging
import Testing

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

private func event(
  _ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata? = nil,
  error: (any Error)? = nil
) -> LogEvent {
  LogEvent(
    level: level, message: message, error: error, metadata: metadata, source: "test", file: "f",
    function: "g",
    line: 1)
}
private let noon = WallTime(seconds: 1_772_366_400, milliseconds: 250)

@Suite struct JSONLogHandlerTests {
  @Test func factsAreFieldsBesideAMessageThatNeverChanges() {
    var handler = JSONLogHandler(label: "teams")
    handler[metadataKey: "plugin"] = "teams"
    let line = handler.line(
      event(.warning, "subscription refused", ["status": "403", "tries": .stringConvertible(3)]), at: noon)
    #expect(
      line == """
        {"time":"2026-03-01T12:00:00.250Z","level":"warning","logger":"teams",\
        "message":"subscription refused","plugin":"teams","status":"403","tries":"3"}
        """)
  }

  @Test func nothingInAFieldEndsTheLineOrTheText() {
    let line = JSONLogHandler(label: "x").line(
      event(.info, "m", ["a": "1\n2\"3\\4\u{1}\r\t", "b": ["x", ["y": "z"]]]), at: noon)
    #expect(
      line == """
        {"time":"2026-03-01T12:00:00.250Z","level":"info","logger":"x","message":"m",\
        "a":"1\\n2\\"3\\\\4\\u0001\\r\\t","b":["x",{"y":"z"}]}
        """)
  }

  @Test func metadataCannotReplaceTheFixedFields() {
    let line = JSONLogHandler(label: "x").line(event(.info, "m", ["level": "l", "time": "t"]), at: noon)
    #expect(line.hasSuffix(#""message":"m","level_":"l","time_":"t"}"#))
  }

  @Test func anErrorIsAField() {
    let line = JSONLogHandler(label: "x").line(event(.error, "m", error: WebServerError("no port")), at: noon)
    #expect(line.hasSuffix(#""message":"m","error":"no port"}"#))
  }

  @Test func aLongFieldIsCutAndDeepMetadataEnds() {
    var deep: Logger.MetadataValue = "end"
    for _ in 0..<100 { deep = .array([deep]) }
    let line = JSONLogHandler(label: "x").line(
      event(.info, "m", ["long": "\(String(repeating: "x", count: 100_000))", "deep": deep]), at: noon)
    #expect(line.utf8.count < 5000)
    #expect(line.contains(#""deep":[[[[[["…"]]]]]]"#))
  }
}

@Suite struct ConsoleLogHandlerTests {
  @Test func aLineForAPerson() {
    var handler = ConsoleLogHandler(label: "pbx", colour: false)
    handler[metadataKey: "user"] = "42"
    let line = handler.line(event(.notice, "logged in", ["name": "two words", "empty": ""]), at: noon)
    #expect(line.hasSuffix(#".250 note  pbx: logged in empty="" name="two words" user=42"#))
  }

  @Test func controlCharactersCannotForgeALine() {
    let line = ConsoleLogHandler(label: "x", colour: false).line(
      event(.info, "a\nb", ["k": "\u{1B}[2J\nerror x: forged"]), at: noon)
    #expect(line.hasSuffix(#"info  x: a\u000ab k="\u001b[2J\nerror x: forged""#))
  }

  @Test func colourIsThereOnlyWhenAskedFor() {
    #expect(
      ConsoleLogHandler(label: "x", colour: true).line(event(.error, "m"), at: noon).contains(
        "\u{1B}[31merror"))
    #expect(
      !ConsoleLogHandler(label: "x", colour: false).line(event(.error, "m"), at: noon).contains("\u{1B}"))
  }
}

@Suite struct LogOutputTests {
  /// Writes through a pipe with the handlers as `LoggingSystem` would use them.
  private func lines(_ body: (LogOutput) -> Void) -> [String] {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    body(LogOutput(descriptor: ends[1]))
    close(ends[1])
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer.prefix(count) }
    close(ends[0])
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func eachEventIsOneLineAndTheLevelFilters() {
    let lines = lines { output in
      let logger = Logger(label: "a") { JSONLogHandler(label: $0, level: .notice, output: output) }
      logger.info("hidden")
      logger.notice("one", metadata: ["k": "v"])
      logger.error("two")
    }
    #expect(lines.count == 2)
    #expect(lines.first?.hasSuffix(#""level":"notice","logger":"a","message":"one","k":"v"}"#) == true)
    #expect(lines.last?.hasSuffix(#""level":"error","logger":"a","message":"two"}"#) == true)
  }

  @Test func linesOfManyTasksDoNotMix() async {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    let output = LogOutput(descriptor: ends[1])
    let wide = String(repeating: "x", count: 200)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let logger = Logger(label: "a") { JSONLogHandler(label: $0, output: output) }
          for _ in 0..<20 { logger.info("m", metadata: ["k": "\(wide)"]) }
        }
      }
    }
    close(ends[1])
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer.prefix(count) }
    close(ends[0])
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 160)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":\"") && $0.hasSuffix("\(wide)\"}") })
  }
}

@Suite struct WallTimeTests {
  @Test func datesAreThoseOfTheStandards() {
    // RFC 9110 §5.6.7's own example.
    #expect(WallTime(seconds: 784_111_777).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(WallTime(seconds: 951_782_400).rfc3339 == "2000-02-29T00:00:00.000Z")
  }
}
