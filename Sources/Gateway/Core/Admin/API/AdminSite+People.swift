// People by the API: a page of the table, all of it as CSV, and one person.

import FoundationEssentials
import PluginAPI

extension AdminSite {
  func listPeople(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Page: Encodable {
      let total: Int
      let offset: Int
      let systems: [String]
      let people: [PersonJSON]
    }
    let query = try APIQuery(call)
    let offset = try query.number("offset", default: 0, in: 0...10_000_000)
    let limit = try query.number("limit", default: 50, in: 1...500)
    let rows = await people.find(try question(query))
    let page = Array(rows.dropFirst(offset).prefix(limit))
    return .whole(
      .json(Page(total: rows.count, offset: offset, systems: ids, people: await people.describe(page))))
  }

  func peopleCSV(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let rows = await people.find(try question(try APIQuery(call)))
    let done = Locked(0)
    return .stream(
      WebResponse(
        200, contentType: "text/csv; charset=utf-8",
        headers: [("content-disposition", "attachment; filename=\"people.csv\"")],
        body: Array(PeopleCSV.head.utf8)),
      next: { [people] in
        let start = done.withLock { done in
          defer { done += 500 }
          return done
        }
        guard start < rows.count else { return nil }
        return PeopleCSV.lines(await people.describe(Array(rows[start..<min(start + 500, rows.count)])))
      })
  }

  func person(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    struct Answer: Encodable {
      let person: PersonJSON
      let story: PersonStory?
      let events: [EventLog.Entry]
    }
    guard let plugin = ids.firstIndex(of: call.parameters["plugin"] ?? ""),
      let row = await people.row(of: UserID(call.parameters["user"] ?? ""), in: plugin),
      let person = await people.describe([row]).first
    else { throw .notFound }
    // Events know people as they may be called.
    let users = person.sides.map { (plugin: $0.plugin, user: events.called($0.user)) }
    let about = events.newest(50) { event in
      users.contains { $0.plugin == event.plugin && $0.user == event.user }
    }
    let story = await PersonDesk(core: core, problems: problems).story(
      of: UserID(person.user), in: person.plugin)
    return .whole(.json(Answer(person: person, story: story, events: about)))
  }

  func explain(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    enum Format: String, CaseIterable { case json, text }
    let query = try APIQuery(call)
    let format = try query.word("format", as: Format.self) ?? .json
    guard let person = try query.text("person") else {
      throw APIProblem(400, "person is missing", "Give an id, e-mail address, number or name.")
    }
    switch await PersonDesk(core: core, problems: problems).explain(person) {
    case .nobody:
      throw APIProblem(404, "nobody is called \(printable(person))", "Look at the People page.")
    case .several(let names):
      throw APIProblem(
        409, "several fit:\n" + names.map { "  \(printable($0))" }.joined(separator: "\n"),
        "Name one more exactly.")
    case .one(let story):
      if format == .json { return .whole(.json(story)) }
      return .whole(WebResponse(200, body: Array(story.inWords.utf8)))
    }
  }

  private func question(_ query: APIQuery) throws(APIProblem) -> PeopleReport.Question {
    enum Answer: String, CaseIterable {
      case yes = "true"
      case no = "false"
    }
    var question = PeopleReport.Question()
    question.search = try query.text("search")
    question.standing = try query.word("standing")
    question.onlyProblems = try query.word("problems", as: Answer.self) == .yes
    question.order = try query.word("sort") ?? .name
    question.isDescending = try query.word("order", as: PeopleReport.Direction.self) == .descending
    return question
  }
}
