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
      struct Session: Decodable { let csrfToken: String }
      let session = try JSONDecoder().decode(
        Session.self, from: Data(try #require(await journey.get("/api/v1/session")).body))
      func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> (Int, String) {
        let response = try await journey.http.send(
          HTTPRequest(
            method, "http://127.0.0.1:\(journey.adminPort)\(path)",
            headers: [("x-csrf-token", session.csrfToken), ("content-type", "application/json")],
            body: body.map { Array($0.utf8) }))
        return (response.status, String(decoding: response.body, as: UTF8.self))
      }
      let route = "/api/v1/routes/teams/pbx/pause"
      #expect(try await ask("DELETE", route).0 == 404)
      #expect(try await ask("PUT", "/api/v1/routes/teams/nowhere/pause", "{}").0 == 404)
      for body in [
        #"{"minutes":0}"#, #"{"minutes":527041}"#, #"{"meanwhile":"x"}"#, "[]", #"{"minutes":"5"}"#,
      ] {
        #expect(try await ask("PUT", route, body).0 == 400, "\(body)")
      }
      let begun = try await ask("PUT", route, #"{"minutes":5,"reason":"the\nmove"}"#)
      #expect(begun.0 == 200)
      #expect(
        begun.1.contains(#""meanwhile":"keep","reason":"the\\u{A}move","route":{"from":"teams","to":"pbx"}"#))
      #expect(try await ask("GET", "/api/v1/overview").1.contains(#""pause":{"meanwhile":"keep""#))

      let people = try await ask("GET", "/api/v1/people?standing=unmatched").1
      let stranger = try #require(people.firstMatch(of: /"user":"([^"]+)"/)).output.1
      #expect(try await ask("PUT", "/api/v1/people/teams/\(stranger)/pause", "{}").0 == 409)
      #expect(try await ask("PUT", "/api/v1/people/teams/nobody/pause", "{}").0 == 404)
      let one = try await ask("GET", "/api/v1/people?standing=matched&limit=1").1
      let sides = try #require(JSONDecoder().decode(People.self, from: Data(one.utf8)).people.first).sides
      let teams = try #require(sides.first { $0.plugin == "teams" }).user
      let pbx = try #require(sides.first { $0.plugin == "pbx" }).user
      #expect(try await ask("PUT", "/api/v1/people/teams/\(teams)/pause", "{}").0 == 200)
      #expect(
        try await ask("PUT", "/api/v1/people/pbx/\(pbx)/pause", #"{"meanwhile":"clear"}"#).0 == 200,
        "the same person by another user: one pause, with the new terms")
      let list = try await ask("GET", "/api/v1/pauses").1
      #expect(list.ranges(of: #""person":"#).count == 1 && list.contains(#""meanwhile":"clear""#))
      #expect(
        try await ask("GET", "/api/v1/people/teams/\(teams)").1.contains(#""pause":{"meanwhile":"clear""#))
      #expect(try await ask("DELETE", "/api/v1/people/teams/\(teams)/pause").0 == 204)
      #expect(try await ask("DELETE", route).0 == 204)
      #expect(try await ask("GET", "/api/v1/pauses").1 == #"{"pauses":[]}"#)
      let audit = try await ask("GET", "/api/v1/events?kind=audit").1
      #expect(audit.ranges(of: #""message":"pause: teams → pbx""#).count == 1)
      #expect(audit.ranges(of: #""message":"pause""#).count == 2)
      #expect(audit.ranges(of: #""message":"resume""#).count == 1)
    }
  }
}
