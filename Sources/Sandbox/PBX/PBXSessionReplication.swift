// PbxTableUsers: the user table, one row for each ReplicateNext, then live changes.

/// A replication under way or, when nothing waits any more, one that only tells live changes.
struct PBXReplication: Sendable {
  let src: String
  let columns: Set<String>
  /// Rows still to hand out, the next one last.
  var waiting: [String]
  var pending: Set<String>
  /// To be told when the gateway resumed from an older state.
  var deletions: [String]
  var finished = false
}

extension PBXSession {
  /// More than 20 object types crashed a real PBX, watchdog and all; losing the connection is the mild
  /// version.
  static let maxPseudoTypes = 20

  mutating func table(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    switch request.mt {
    case "ReplicateStart": startReplication(request, world: world)
    case "ReplicateNext": nextRow(request, world: world)
    case "ReplicateAdd", "ReplicateUpdate", "ReplicateDel":
      [.refused(reason: "\(request.mt): the App object may only read the user table")]
    default: []
    }
  }

  private mutating func startReplication(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    guard (request.pseudo?.types ?? []).count <= Self.maxPseudoTypes else {
      let reason = "ReplicateStart: more than \(Self.maxPseudoTypes) pseudo types"
      phase = .closed
      return [.refused(reason: reason), .close(reason: reason)]
    }
    guard let src = request.src, !src.isEmpty else { return Self.refusal(request, "src missing") }
    let writes = request.add == true && request.del == true
    if world.variant.replicationForm == .writer, !writes {
      return Self.refusal(request, "add and del must be true")
    }
    if world.variant.replicationForm == .reader, writes {
      return Self.refusal(request, "rows cannot be added or deleted")
    }
    let columns = Set((request.columns ?? [:]).keys).intersection(PBXRow.columns)
    guard columns.contains("guid") else { return Self.refusal(request, "columns must contain guid") }
    let wanted = (request.pseudo?.types ?? [""]).contains("")
    let (rows, deletions) = world.rows(
      since: request.usn, database: request.guid, homedOn: settings.homedUsersOnly ? settings.name : nil)
    replication = PBXReplication(
      src: src, columns: columns, waiting: wanted ? rows.reversed() : [], pending: wanted ? Set(rows) : [],
      deletions: wanted && world.variant.oldDeletions != .untold ? deletions : [])
    return [
      Self.message(
        "ReplicateStartResult", src: src, api: "PbxTableUsers",
        [
          ("guid", .string(world.databaseGUID)), ("usn", .number(world.usn)),
          ("columns", .object(columns.sorted().map { ($0, [:]) })),
        ])
    ]
  }

  private mutating func nextRow(_ request: PBXRequest, world: PBXWorld) -> [PBXEffect] {
    guard let src = replication?.src, src == request.src else {
      return Self.refusal(request, "no such replication")
    }
    let first = world.variant.oldDeletions == .toldFirst ? tellDeletions(src, world) : []
    while let guid = replication?.waiting.popLast() {
      guard replication?.pending.remove(guid) != nil, let user = world.user(guid: guid) else { continue }
      replicatedRows += 1
      let number = world.variant.rowNumber == .own ? user.usn : world.usn
      return first + [row("ReplicateNextResult", user, number, world)]
    }
    replication?.finished = true
    let end = Self.message("ReplicateNextResult", src: src, api: "PbxTableUsers")
    return first + [end] + tellDeletions(src, world)
  }

  private mutating func tellDeletions(_ src: String, _ world: PBXWorld) -> [PBXEffect] {
    defer { replication?.deletions = [] }
    return (replication?.deletions ?? []).map { deletion(src, $0, nil, world) }
  }

  /// What the table's reader hears of a change.
  mutating func replicate(_ change: PBXChange, world: PBXWorld) -> [PBXEffect] {
    guard let replication else { return [] }
    switch change {
    case .presence, .visibility, .phone: return []
    case .added(let guid):
      guard let user = listed(guid, world) else { return [] }
      guard replication.finished else {
        self.replication?.waiting.insert(guid, at: 0)
        self.replication?.pending.insert(guid)
        return []
      }
      return [changed("ReplicateAdd", user, world)]
    case .updated(let guid):
      guard !replication.pending.contains(guid), let user = world.user(guid: guid) else { return [] }
      return listed(guid, world) == nil
        ? [deletion(replication.src, guid, user, world)] : [changed("ReplicateUpdate", user, world)]
    case .removed(let user):
      guard self.replication?.pending.remove(user.guid) == nil else { return [] }
      return [deletion(replication.src, user.guid, user, world)]
    }
  }

  private func listed(_ guid: String, _ world: PBXWorld) -> PBXUser? {
    world.user(guid: guid).flatMap { !settings.homedUsersOnly || $0.loc == settings.name ? $0 : nil }
  }

  private func changed(_ mt: String, _ user: PBXUser, _ world: PBXWorld) -> PBXEffect {
    row(mt, user, world.variant.numbersChanges ? user.usn : nil, world)
  }

  private func row(_ mt: String, _ user: PBXUser, _ number: Int?, _ world: PBXWorld) -> PBXEffect {
    Self.message(
      mt, src: replication?.src, api: "PbxTableUsers",
      (number.map { [("usn", .number($0))] } ?? []) + [("columns", columns(of: user, world))])
  }

  private func columns(of user: PBXUser, _ world: PBXWorld) -> OrderedJSON {
    PBXRow.json(user, columns: replication?.columns ?? [], world: world)
  }

  /// `user` is nil for somebody of whom nothing is known any more.
  private func deletion(_ src: String, _ guid: String, _ user: PBXUser?, _ world: PBXWorld) -> PBXEffect {
    let payload: (name: String, value: OrderedJSON) =
      switch (world.variant.deletedRow, user) {
      case (.bare, _): ("guid", .string(guid))
      case (.whole, let user?): ("columns", columns(of: user, world))
      case (.guid, _), (.whole, nil): ("columns", ["guid": .string(guid)])
      }
    return Self.message("ReplicateDel", src: src, api: "PbxTableUsers", [payload])
  }
}
