// Reads `plugins.tests.yaml`: what people do in some systems, and what the others should then show.

import FoundationEssentials
import PluginAPI

/// One test as it is written.
struct PresenceTest: Sendable {
  enum Expectation: Sendable {
    case nothing
    /// As the sink shows this.
    case word(Presence)
    case facets(Facets)
  }
  /// Those that are nil may be anything.
  struct Facets: Sendable {
    var availability: Availability?
    var activity: Activity??
    var call: CallState?
    var note: String??
  }

  var name: String
  var at: Date
  var person: DirectoryUser
  /// In the order of the file: the last is the latest.
  var given: [(plugin: String, presence: Presence)] = []
  var expected: [(plugin: String, Expectation)] = []
  /// Where to say that an expectation is not met.
  let expect: ConfigSection
}

struct ConfigTestFile {
  let config: GatewayConfig
  let report: ConfigReport

  /// What is wrong is in the report.
  func read(_ root: YAMLNode) -> [PresenceTest] {
    guard case .mapping(let entries) = root.content else {
      report.add(root.place, "", "the file must be a mapping with tests")
      return []
    }
    let reader = NodeReader(entries, report: report)
    let sections = ConfigSection(reader).sections("tests", required: true, "")
    let tests = sections.enumerated().map { number, section in
      read(section, reader.child("tests[\(number)]"))
    }
    reader.finish(known: [])
    return tests
  }

  private func read(_ section: ConfigSection, _ reader: NodeReader?) -> PresenceTest {
    let name = section.string("name", "")
    var at = Date(timeIntervalSince1970: 1_767_783_600)  // Wednesday 2026-01-07, noon in Berlin.
    if let text = section.optionalString("at", "") {
      if let date = try? Date(text, strategy: .iso8601) {
        at = date
      } else {
        section.reject("at", "must be a time such as 2026-01-07T11:00:00Z, is \(text)")
      }
    }
    let person = section.section("person", "")
    let email = person.string("email", default: "person@example.com", "")
    let user = DirectoryUser(
      id: UserID(person.string("id", default: "person", "")),
      displayName: person.string("name", default: "A Person", ""), identities: [Identity(.email, email)],
      groups: person.strings("groups", ""))
    let given = section.section("given", "")
    let expect = section.section("expect", "")
    var test = PresenceTest(name: name, at: at, person: user, expect: expect)
    var said: [String: Presence] = [:]
    for plugin in Set(config.routes.map(\.from)) { said[plugin] = presence(given, plugin) }
    let order = reader?.child("given")?.entries.map(\.key) ?? []
    test.given = order.compactMap { plugin in said[plugin].map { (plugin, $0) } }
    for plugin in Set(config.routes.map(\.to)).sorted() {
      if let expectation = expectation(expect, plugin) { test.expected.append((plugin, expectation)) }
    }
    return test
  }

  private func presence(_ section: ConfigSection, _ key: String) -> Presence? {
    if section.isScalar(key) { return word(section, key) }
    guard let facets = section.optionalSection(key, "").map(facets) else { return nil }
    var presence = Presence(
      facets.availability ?? .available, facets.activity ?? nil, call: facets.call ?? .none)
    if case .some(.some(let note)) = facets.note { presence.note = Note(note) }
    return presence
  }

  private func expectation(_ section: ConfigSection, _ key: String) -> PresenceTest.Expectation? {
    guard section.isScalar(key) else { return section.optionalSection(key, "").map { .facets(facets($0)) } }
    if section.optionalString(key, "") == "nothing" { return .nothing }
    return word(section, key).map { .word($0) }
  }

  private func word(_ section: ConfigSection, _ key: String) -> Presence? {
    let word = section.string(key, "")
    if let presence = RouteMap.presence(of: RouteMap.target(word)) { return presence }
    section.reject(key, "\"\(word)\" is no word of presence\(near(word, in: RouteMap.words + ["nothing"]))")
    return nil
  }

  private func facets(_ section: ConfigSection) -> PresenceTest.Facets {
    var facets = PresenceTest.Facets()
    if let word = section.optionalString("availability", "") {
      facets.availability = check(word, Availability.init(rawValue:), section, "availability")
    }
    if let word = section.optionalString("activity", "") {
      facets.activity = .some(word == RouteRule.noneWord ? nil : Activity(rawValue: word))
    }
    if let word = section.optionalString("call", "") {
      facets.call = check(word, CallState.init(rawValue:), section, "call")
    }
    if let text = section.optionalString("note", "") {
      facets.note = .some(text == RouteRule.noneWord ? nil : text)
    }
    return facets
  }

  private func check<Word: CaseIterable & RawRepresentable<String>>(
    _ text: String, _ make: (String) -> Word?, _ section: ConfigSection, _ key: String
  ) -> Word? {
    if let word = make(text) { return word }
    let words = Word.allCases.map(\.rawValue)
    section.reject(key, "must be \(words.joined(separator: ", ")), is \(text)\(near(text, in: words))")
    return nil
  }
}
