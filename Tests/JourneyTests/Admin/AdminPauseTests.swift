// Pausing by the API: what it takes, what it refuses, and what is told of it afterwards.

import FoundationEssentials
import PluginAPI
import Testing

@Suite(.serialized) struct AdminPauseTests {
  private struct People: Decodable {
    struct Person: Decodable { let sides: [Side] }
    struct Side: Decodable { let plugin, user: String }
    let people: [Person]
  }

  @Test func takesWhatIsThereAndTellsOfIt() async throws {
    try await Journey.run { journey in
      let route = "/api/v1/routes/teams/pbx/pause"
      #expect(try await journey.ask("DELETE", route).status == 404)
      #expect(try await journey.ask("PUT", "/api/v1/routes/teams/nowhere/pause", "{}").status == 404)
      for body in [
        #"{"minutes":0}"#, #"{"minutes":527041}"#, #"{"meanwhile":"x"}"#, "[]", #"{"minutes":"5"}"#,
      ] {
        #expect(try await journey.ask("PUT", route, body).status == 400, "\(body)")
      }
      let begun = try await journey.ask("PUT", route, #"{"minutes":5,"reason":"the\nmove"}"#)
      #expect(begun.status == 200)
      #expect(
        begun.text.contains(
          #""meanwhile":"keep","reason":"the\\u{A}move","route":{"from":"teams","to":"pbx"}"#))
      #expect(try await journey.ask("GET", "/api/v1/overview").text.contains(#""pause":{"meanwhile":"keep""#))

      let people = try await journey.ask("GET", "/api/v1/people?standing=unmatched").text
      let stranger = try #require(people.firstMatch(of: /"user":"([^"]+)"/)).output.1
      #expect(try await journey.ask("PUT", "/api/v1/people/teams/\(stranger)/pause", "{}").status == 409)
      #expect(try await journey.ask("PUT", "/api/v1/people/teams/nobody/pause", "{}").status == 404)
      let one = try await journey.ask("GET", "/api/v1/people?standing=matched&limit=1").text
      let sides = try #require(JSONDecoder().decode(People.self, from: Data(one.utf8)).people.first).sides
      let teams = try #require(sides.first { $0.plugin == "teams" }).user
      let pbx = try #require(sides.first { $0.plugin == "pbx" }).user
      #expect(try await journey.ask("PUT", "/api/v1/people/teams/\(teams)/pause", "{}").status == 200)
      #expect(
        try await journey.ask("PUT", "/api/v1/people/pbx/\(pbx)/pause", #"{"meanwhile":"clear"}"#).status
          == 200,
        "the same person by another user: one pause, with the new terms")
      let list = try await journey.ask("GET", "/api/v1/pauses").text
      #expect(list.ranges(of: #""person":"#).count == 1 && list.contains(#""meanwhile":"clear""#))
      #expect(
        try await journey.ask("GET", "/api/v1/people/teams/\(teams)").text.contains(
          #""pause":{"meanwhile":"clear""#))
      #expect(try await journey.ask("DELETE", "/api/v1/people/teams/\(teams)/pause").status == 204)
      #expect(try await journey.ask("DELETE", route).status == 204)
      #expect(try await journey.ask("GET", "/api/v1/pauses").text == #"{"pauses":[]}"#)
      let audit = try await journey.ask("GET", "/api/v1/events?kind=audit").text
      #expect(audit.ranges(of: #""message":"pause: teams → pbx""#).count == 1)
      #expect(audit.ranges(of: #""message":"pause""#).count == 2)
      #expect(audit.ranges(of: #""message":"resume""#).count == 1)
    }
  }
}
