// The YAML tree: places, anchors and merge keys as users expect, and limits that a hostile file runs into.

import Testing

@testable import Gateway

struct ConfigYAMLTests {
  private func parse(
    _ text: String, limits: YAMLParser.Limits = .init()
  ) -> (tree: String?, problems: [String]) {
    let (root, problems) = YAMLParser.parse(Array(text.utf8), file: "t.yaml", limits: limits)
    return (root.map(written), problems.map(\.description))
  }

  /// Scalars as they are, `[…]`, `{key: …}`.
  private func written(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, _): text
    case .list(let items): "[\(items.map(written).joined(separator: " "))]"
    case .mapping(let entries): "{\(entries.map { "\($0.key):\(written($0.value))" }.joined(separator: " "))}"
    }
  }

  @Test func everyKeyAndValueKnowsItsPlaceInCharacters() throws {
    let root = try #require(YAMLParser.parse(Array("ä: ü\nb:\n  - ö: x\n".utf8), file: "t").root)
    guard case .mapping(let entries) = root.content, case .list(let items) = entries[1].value.content,
      case .mapping(let inner) = items[0].content
    else { return #expect(Bool(false)) }
    #expect(entries[0].value.place == .init(line: 1, column: 4))
    #expect(entries[1].keyPlace == .init(line: 2, column: 1))
    #expect(inner[0].keyPlace == .init(line: 3, column: 5))
    #expect(inner[0].value.place == .init(line: 3, column: 8))
    // A value that stands below its key is reported at the key.
    #expect(entries[1].place == .init(line: 2, column: 1))
  }

  @Test func aByteOrderMarkIsNoPartOfTheText() {
    #expect(parse("\u{FEFF}a: 1\n").tree == "{a:1}")
  }

  @Test func windowsLineEndsAreLineEnds() {
    #expect(parse("a: 1\r\nb: 2\r\n").tree == "{a:1 b:2}")
    #expect(parse("a: 1\r\na: 2\r\n").problems == ["t.yaml:2:1: duplicate key \"a\" (first at line 1)"])
  }

  @Test func anAliasStandsForItsAnchor() {
    #expect(parse("a: &x [1, 2]\nb: *x\nc: { d: *x }\n").tree == "{a:[1 2] b:[1 2] c:{d:[1 2]}}")
  }

  @Test func anAnchorMayBeSetAnew() {
    #expect(parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").tree == "{a:1 b:1 c:2 d:2}")
  }

  @Test func mergedKeysComeAfterAndExplicitOnesWin() {
    #expect(parse("a: &x { p: 1, q: 2 }\nb: { <<: *x, q: 3 }\n").tree == "{a:{p:1 q:2} b:{q:3 p:1}}")
    #expect(parse("a: &x { p: 1, q: 2 }\nb: { q: 3, <<: *x }\n").tree == "{a:{p:1 q:2} b:{q:3 p:1}}")
  }

  @Test func ofAListOfMergesTheFirstWins() {
    let text = "a: &x { p: 1 }\nb: &y { p: 2, q: 2 }\nc: { <<: [*x, *y], r: 3 }\n"
    #expect(parse(text).tree == "{a:{p:1} b:{p:2 q:2} c:{r:3 p:1 q:2}}")
  }

  @Test func mergesNest() {
    let text = "a: &x { p: 1 }\nb: &y { <<: *x, q: 2 }\nc: { <<: *y }\n"
    #expect(parse(text).tree == "{a:{p:1} b:{q:2 p:1} c:{q:2 p:1}}")
  }

  @Test func aQuotedMergeKeyIsAKey() {
    #expect(parse("a: { \"<<\": 1 }\n").tree == "{a:{<<:1}}")
  }

  @Test func nothingWrittenAndNullAreEmptyUnlessQuoted() throws {
    for (text, isEmpty) in [
      ("", true), ("~", true), ("null", true), ("NULL", true), ("\"\"", true), ("\"null\"", false),
      ("'~'", false),
      ("!!str null", false), ("none", false),
    ] {
      let root = try #require(YAMLParser.parse(Array("a: \(text)\n".utf8), file: "t").root)
      guard case .mapping(let entries) = root.content else { return #expect(Bool(false)) }
      #expect(entries[0].value.isEmpty == isEmpty, "\(text)")
    }
  }

  @Test func everyDuplicateIsToldAtOnce() {
    #expect(
      parse("a: 1\nb: { c: 1, c: 2 }\na: 2\na: 3\n").problems == [
        "t.yaml:2:12: duplicate key \"c\" (first at line 2)",
        "t.yaml:3:1: duplicate key \"a\" (first at line 1)",
        "t.yaml:4:1: duplicate key \"a\" (first at line 1)",
      ])
  }

  @Test func aFileOverOneMegabyteIsRefusedUnread() {
    let text = "a: " + String(repeating: "x", count: 1 << 20)
    #expect(parse(text).problems == ["t.yaml:1:1: is larger than 1 MB (1048579 bytes)"])
    #expect(parse(text).tree == nil)
    #expect(parse(String(text.dropLast(3))).problems == [])
  }

  @Test func nestingDeeperThan64LevelsIsRefusedAtItsPlace() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(parse(nested(64)).problems == [])
    #expect(parse(nested(65)).problems == ["t.yaml:1:65: is nested deeper than 64 levels"])
    #expect(
      parse(String(repeating: "[", count: 500_000)).problems == [
        "t.yaml:1:65: is nested deeper than 64 levels"
      ])
  }

  @Test func moreThan100000ValuesAreRefusedAtTheirPlace() {
    let text = "[" + String(repeating: "1,", count: 100_000) + "]"
    #expect(parse(text).problems == ["t.yaml:1:200000: is more than 100000 values"])
  }

  @Test func mergesCountAsIfWrittenOut() {
    let limits = YAMLParser.Limits(nodes: 25)
    let text = "a: &x { p: 1, q: 2, r: 3 }\nb: { <<: *x }\nc: { <<: *x }\n"
    #expect(parse(text, limits: limits).problems == ["t.yaml:3:10: aliases make this more than 25 values"])
  }

  @Test func controlCharactersAreRefusedAtTheirPlace() {
    #expect(parse("a: 1\nbü: \u{1}\n").problems == ["t.yaml:2:5: control characters are not allowed"])
  }

  @Test func aDumpOfTheTreeShowsNoScalar() throws {
    let root = try #require(YAMLParser.parse(Array("password: hunter2\n".utf8), file: "t").root)
    var text = "\(root) \(String(reflecting: root))"
    dump(root, to: &text)
    #expect(!text.contains("hunter2"))
  }

  @Test func randomBytesAreAnAnswerNotACrash() {
    var state: UInt64 = 42
    let alphabet = Array("a: [{}]&*x<<\n -\"'|>!%@#,?\t~\u{FF}é".utf8)
    for _ in 0..<3000 {
      let bytes = (0..<60).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return alphabet[Int(state >> 33) % alphabet.count]
      }
      let (root, problems) = YAMLParser.parse(bytes, file: "t")
      #expect(root != nil || !problems.isEmpty)
    }
  }
}
