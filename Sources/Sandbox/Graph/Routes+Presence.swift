// The presence calls of the Graph host: reading for anyone who may, writing with the checks of the
// documentation.

import FoundationEssentials

/// The `presence` resource.
private struct PresenceAnswer: Encodable {
  struct OutOfOffice: Encodable {
    let message: String?
    let isOutOfOffice: Bool
  }
  struct Message: Encodable {
    let content: String
    let contentType = "text"
  }
  struct Status: Encodable {
    let message: Message
    let publishedDateTime: String
  }
  let id: String
  let availability: String
  let activity: String
  let outOfOfficeSettings: OutOfOffice
  let statusMessage: Status?
  let sequenceNumber: String

  init(_ id: String, _ record: PresenceRecord) {
    self.id = id
    availability = record.shown.availability
    activity = record.shown.activity
    outOfOfficeSettings = OutOfOffice(
      message: record.reply,
      isOutOfOffice: record.reply != nil || record.shown.activity == "OutOfOffice")
    statusMessage = record.status.map {
      Status(message: Message(content: $0.content), publishedDateTime: GraphDate.text($0.published))
    }
    // Sortable as text.
    let digits = String(record.sequence, radix: 16, uppercase: true)
    sequenceNumber = "A" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }

  /// For an id that is nobody's.
  init(unknown id: String) {
    self.id = id
    availability = "PresenceUnknown"
    activity = "PresenceUnknown"
    outOfOfficeSettings = OutOfOffice(message: nil, isOutOfOffice: false)
    statusMessage = nil
    sequenceNumber = "A000000000"
  }
}

private struct PresenceCollection: Encodable {
  enum CodingKeys: String, CodingKey {
    case context = "@odata.context"
    case value
  }
  let context = "https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.presence)"
  let value: [PresenceAnswer]
}

private struct WriteBody: Decodable {
  var sessionId: String?
  var availability: String?
  var activity: String?
  var expirationDuration: String?
}

private struct StatusBody: Decodable {
  struct Message: Decodable {
    let content: String?
    let contentType: String?
  }
  struct Zoned: Decodable {
    let dateTime: String
    let timeZone: String?
  }
  struct Status: Decodable {
    let message: Message?
    let expiryDateTime: Zoned?
  }
  let statusMessage: Status?
}

extension GraphService {
  /// `/communications/…`.
  func communications(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    switch (call.request.method, call.words.count, call.words.dropFirst().first) {
    case (.POST, 2, "getpresencesbyuserid"): return try presences(call)
    case (.GET, 3, "presences"): return try readPresence(call, of: call.path[2])
    default: throw .badRequest("Resource not found for the segment '\(call.path.last ?? "")'.")
    }
  }

  func readPresence(_ call: GraphCall, of name: String) throws(GraphRefusal) -> ServerAnswer {
    let (index, id) = try find(name)
    let own = id == call.grant.user ? ["Presence.Read"] : []
    try call.require(
      delegated: ["Presence.Read.All"] + own, application: ["Presence.Read.All", "Presence.ReadWrite.All"])
    return GraphCall.json(PresenceAnswer(id, presence.record(index)))
  }

  private func presences(_ call: GraphCall) throws(GraphRefusal) -> ServerAnswer {
    struct Body: Decodable { let ids: [String] }
    try call.require(
      delegated: ["Presence.Read.All"], application: ["Presence.Read.All", "Presence.ReadWrite.All"])
    let ids = try call.body(Body.self).ids
    guard (1...SubscriptionDraft.idLimit).contains(ids.count),
      ids.allSatisfy({ SubscriptionDraft.isGUID($0) })
    else { throw .badRequest("") }
    let indexes = directory.withLock { users in ids.map { users.index(of: $0) } }
    return GraphCall.json(
      PresenceCollection(
        value: zip(ids, indexes).map { id, index in
          index.map { PresenceAnswer(id.lowercased(), presence.record($0)) } ?? PresenceAnswer(unknown: id)
        }))
  }

  /// `POST /users/{id}/presence/{action}`.
  func writePresence(_ call: GraphCall, of name: String, action: String) throws(GraphRefusal) -> ServerAnswer
  {
    let (index, id) = try find(name)
    try call.require(
      delegated: id == call.grant.user ? ["Presence.ReadWrite"] : [], application: ["Presence.ReadWrite.All"])
    let done: String
    switch action {
    case "setpresence": done = try setSession(index, call)
    case "clearpresence": done = try clearSession(index, call)
    case "setuserpreferredpresence": done = try setPreferred(index, call)
    case "clearuserpreferredpresence":
      presence.update(index) { record, _ in record.setPreferred(nil) }
      done = "clearUserPreferredPresence"
    case "setstatusmessage": done = try setStatus(index, call)
    default: throw .badRequest("Resource not found for the segment '\(call.path.last ?? "")'.")
    }
    if population.people.indices.contains(index) {
      observer.accepted(.teams, person: index, state: done, at: .now())
    }
    return ServerAnswer(.ok)
  }

  private func setSession(_ index: Int, _ call: GraphCall) throws(GraphRefusal) -> String {
    let body = try call.body(WriteBody.self)
    try checkSession(body, call)
    let pair = try pair(body, among: PresencePair.session)
    let seconds = try life(body, default: 300)
    guard (300...4 * 3600).contains(seconds) else {
      throw .badRequest("The expirationDuration must be between PT5M and PT4H.")
    }
    presence.update(index) { record, now in
      record.setSession(.init(app: call.grant.app, pair: pair, setAt: now, expires: now + seconds))
    }
    return "setPresence \(pair)"
  }

  private func clearSession(_ index: Int, _ call: GraphCall) throws(GraphRefusal) -> String {
    try checkSession(try call.body(WriteBody.self), call)
    guard presence.update(index, { record, _ in record.clearSession(of: call.grant.app) }) else {
      throw GraphRefusal(404, "NotFound", "")
    }
    return "clearPresence"
  }

  private func setPreferred(_ index: Int, _ call: GraphCall) throws(GraphRefusal) -> String {
    let body = try call.body(WriteBody.self)
    let pair = try pair(body, among: PresencePair.preferred)
    let seconds = try life(body, default: Self.preferredLife(pair))
    presence.update(index) { record, now in
      record.setPreferred(.init(pair: pair, expires: now + seconds, app: call.grant.app))
    }
    return "setUserPreferredPresence \(pair)"
  }

  private func setStatus(_ index: Int, _ call: GraphCall) throws(GraphRefusal) -> String {
    let body = try call.body(StatusBody.self)
    let message = body.statusMessage?.message
    guard (message?.contentType ?? "text").lowercased() == "text" else {
      throw .badRequest("Only the content type text is supported.")
    }
    var expires: Date?
    if let zoned = body.statusMessage?.expiryDateTime {
      let text = zoned.dateTime.hasSuffix("Z") ? zoned.dateTime : zoned.dateTime + "Z"
      expires = GraphDate.parse(text)
      // The zones by Windows name are not modelled.
      guard expires != nil, ["UTC", "Etc/UTC", "GMT"].contains(zoned.timeZone ?? "UTC") else {
        throw .badRequest("The expiryDateTime is not valid.")
      }
    }
    let content = message?.content ?? ""
    presence.update(index) { record, now in
      record.status = content.isEmpty ? nil : .init(content: content, published: now, expires: expires)
    }
    return content.isEmpty ? "setStatusMessage (empty)" : "setStatusMessage"
  }

  /// The session must be the calling application's.
  private func checkSession(_ body: WriteBody, _ call: GraphCall) throws(GraphRefusal) {
    guard body.sessionId?.lowercased() == call.grant.app.lowercased() else {
      throw .badRequest("The sessionId must be the application id of the calling application.")
    }
  }

  private func pair(_ body: WriteBody, among allowed: Set<PresencePair>) throws(GraphRefusal) -> PresencePair
  {
    guard let availability = body.availability, let activity = body.activity else {
      throw .badRequest("The availability and the activity are required.")
    }
    let known = allowed.first {
      $0.availability.lowercased() == availability.lowercased()
        && $0.activity.lowercased() == activity.lowercased()
    }
    guard let known else { throw .badRequest("The availability and activity combination is not supported.") }
    return known
  }

  private func life(_ body: WriteBody, default seconds: Double) throws(GraphRefusal) -> Double {
    guard let text = body.expirationDuration else { return seconds }
    guard let seconds = GraphDate.duration(text), seconds > 0 else {
      throw .badRequest("The expirationDuration is not a valid ISO 8601 duration.")
    }
    return seconds
  }

  func find(_ name: String) throws(GraphRefusal) -> (index: Int, id: String) {
    let found = directory.withLock { users in users.index(of: name).map { ($0, users[$0].id) } }
    guard let found else { throw .noResource(name) }
    return found
  }
}
