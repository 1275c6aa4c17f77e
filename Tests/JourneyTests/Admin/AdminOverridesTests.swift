// Exceptions to the matching rules by the API: looked at, refused with their line, written, and in effect.

import FoundationEssentials
import PluginAPI
import Testing

@Suite(.serialized) struct AdminOverridesTests {
  private func body(_ csv: String) throws -> String {
    String(decoding: try JSONEncoder().encode(["csv": csv]), as: UTF8.self)
  }

  static let withFile: @Sendable (String) throws -> String = {
    try $0.rewriting(("  # overrides: docs/people.example.csv ", "  overrides: exceptions.csv "))
  }
  static let makeFile: @Sendable (String) throws -> Void = {
    try Data("teams,pbx,action,reason\n".utf8).write(to: URL(filePath: "\($0)/exceptions.csv"))
  }

  @Test func arePreviewedAndThenTakenOver() async throws {
    try await Journey.run(config: Self.withFile, prepare: Self.makeFile) { journey in
      let ada = journey.company.population.people[0]
      let csv = "teams,pbx,action,reason\n,\(ada.sip),exclude,a shared telephone\n,nobody,exclude,\n"
      let preview = try await journey.ask("POST", "/api/v1/overrides/preview", body(csv)).text
      // One line for each user whose standing changes: both halves of a person who falls apart.
      #expect(preview.contains(#""total":2"#), "\(preview)")
      #expect(preview.contains(#""after":"excluded: a shared telephone","before":"matched with teams "#))
      #expect(preview.contains(#""after":"unmatched","before":"matched with pbx "#))
      #expect(preview.contains(#""idle":["line 3: pbx has no active user nobody"]"#))
      let before = try await journey.ask("GET", "/api/v1/people?standing=excluded").text
      #expect(before.contains(#""total":0"#), "a preview changes nothing")

      let broken = try await journey.ask("PUT", "/api/v1/overrides", body("teams,pbx,action\n,x,exclud\n"))
      #expect(broken.status == 422)
      #expect(broken.text.contains("line 2: action must be match or exclude, is exclud"))
      let taken = try await journey.ask("PUT", "/api/v1/overrides", body(csv))
      #expect(taken.status == 204, "\(taken.text)")
      try await journey.until("they count") {
        try await journey.ask("GET", "/api/v1/people?standing=excluded").text.contains(#""total":1"#)
      }
      let now = try await journey.ask("GET", "/api/v1/overrides").text
      #expect(now.contains("a shared telephone"))
      let audit = try await journey.ask("GET", "/api/v1/events?kind=audit").text
      #expect(audit.ranges(of: #""message":"replace the exceptions""#).count == 2)
      let configuration = try await journey.ask("GET", "/api/v1/configuration").text
      #expect(configuration.contains(#""changed":false"#))
    }
  }

  /// Shown in part, the rest would be lost with the next replacement.
  @Test func aFileThatIsTooLongForThePageIsEditedItself() async throws {
    let makeLongFile: @Sendable (String) throws -> Void = { folder in
      let rows = ",nobody,exclude,\(String(repeating: "because ", count: 150_000))\n"
      try Data(("teams,pbx,action,reason\n" + rows).utf8).write(to: URL(filePath: "\(folder)/exceptions.csv"))
    }
    try await Journey.run(config: Self.withFile, prepare: makeLongFile) { journey in
      let shown = try await journey.ask("GET", "/api/v1/overrides")
      #expect(shown.status == 422 && shown.text.contains("larger than 1024 KB"), "\(shown.text.prefix(300))")
      #expect(shown.text.contains("Edit the file itself, up to 16 MB"))
    }
  }

  @Test func withoutAFileTheyAreOnlyTried() async throws {
    try await Journey.run { journey in
      let csv = try body("teams,pbx,action\n,\(journey.company.population.people[0].sip),exclude\n")
      let preview = try await journey.ask("POST", "/api/v1/overrides/preview", csv)
      #expect(preview.text.contains(#""total":2"#))
      let refused = try await journey.ask("PUT", "/api/v1/overrides", csv)
      #expect(refused.status == 409)
      #expect(refused.text.contains("Add people: { overrides: people.csv } to plugins.yaml"))
    }
  }

  @Test func theConfigurationViewSaysWhatAReloadWouldChange() async throws {
    try await Journey.run { journey in
      // What needs a restart is not taken over by itself, so it can be looked at.
      try journey.rewrite("${PRESENCE_LOG_LEVEL:-info}", "${PRESENCE_LOG_LEVEL:-debug}")
      try journey.rewrite("  - from: teams\n    to: pbx", "  - from: teams\n    priority: 7\n    to: pbx")
      let text = try await journey.ask("GET", "/api/v1/configuration").text
      #expect(text.contains(#""changes":["route teams → pbx changed"]"#), "\(text)")
      #expect(text.contains("gateway.log: takes effect with a restart only"))
    }
  }
}
