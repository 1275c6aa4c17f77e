// What a PBX does where the vendor's documents are silent or say two things: a connector must work with either.

public struct PBXVariant: Sendable, Hashable {
  /// Where on-the-phone stands in a PresenceUpdate.
  public enum OnThePhone: Sendable, Hashable {
    /// As the activity of the `tel:` entry; when the person chose an activity there, as a second `tel:` entry right
    /// before it, because a call hides nothing.
    case telEntry
    /// As an entry of this contact, in front of the list or at its end.
    case ownEntry(contact: String, isFirst: Bool = true)
  }
  /// Whether ReplicateStart must ask with `add` and `del`, or must not.
  public enum ReplicationForm: Sendable { case writer, reader }
  /// Deletions from before a replication that resumes.
  public enum OldDeletions: Sendable { case toldLast, toldFirst, untold }
  public enum DeletedRow: Sendable {
    /// `columns` with the guid alone, or with all that was known.
    case guid, whole
    /// A `guid` beside `mt`, without `columns`.
    case bare
  }
  /// What `usn` means beside a row that ReplicateNext fetched.
  public enum RowNumber: Sendable {
    /// That of the row's last change.
    case own
    /// That of the newest change in the table.
    case newest
  }
  /// By what UnsubscribePresence knows the subscription: its `src`, else the user; or the user alone.
  public enum Unsubscribing: Sendable { case either, user }

  public var onThePhone = OnThePhone.telEntry
  /// Whether an application's entry stays in the list when it says nothing any more.
  public var listsEmptyEntries = true
  public var replicationForm = ReplicationForm.writer
  public var oldDeletions = OldDeletions.toldLast
  public var deletedRow = DeletedRow.guid
  public var rowNumber = RowNumber.own
  /// Whether ReplicateAdd and ReplicateUpdate carry `usn`.
  public var numbersChanges = true
  public var unsubscribing = Unsubscribing.either
  /// Whether SubscribePresence may repeat the `src` of a subscription that it takes the place of.
  public var sourceMayBeRepeated = true
  /// Whether MonitorUnallowed names users by guid instead of the SIP name.
  public var unallowedByGUID = false
  /// Whether indications of MonitorUnallowed and RCC repeat the `src` of the request.
  public var indicationsHaveSource = true
  /// RCC's word for a call that is gone.
  public var callEnd = "CallDel"
  /// When the gateway dialled: whether the challenge is a number, and whether PbxInfo follows the login.
  public var challengeIsNumber = false
  public var introducesItself = false

  public init(_ change: (inout Self) -> Void = { _ in }) { change(&self) }
}

extension PBXVariant {
  /// One for each point, by a name; `otherwise` does all at once in another way.
  public static let named: [(name: String, variant: PBXVariant)] = {
    let points: [(name: String, change: @Sendable (inout PBXVariant) -> Void)] = [
      ("on-the-phone in front", { $0.onThePhone = .ownEntry(contact: "call:") }),
      ("on-the-phone at the end", { $0.onThePhone = .ownEntry(contact: "call:", isFirst: false) }),
      ("empty entries go", { $0.listsEmptyEntries = false }),
      ("nobody may add or delete", { $0.replicationForm = .reader }),
      ("old deletions first", { $0.oldDeletions = .toldFirst }),
      ("old deletions untold", { $0.oldDeletions = .untold }),
      ("deletions with the whole row", { $0.deletedRow = .whole }),
      ("deletions without a row", { $0.deletedRow = .bare }),
      ("rows with the newest number", { $0.rowNumber = .newest }),
      ("changes without numbers", { $0.numbersChanges = false }),
      ("unsubscribing by user", { $0.unsubscribing = .user }),
      ("no src twice", { $0.sourceMayBeRepeated = false }),
      ("unallowed by guid", { $0.unallowedByGUID = true }),
      ("indications without src", { $0.indicationsHaveSource = false }),
      ("CallDelete", { $0.callEnd = "CallDelete" }),
      ("a number as challenge", { $0.challengeIsNumber = true }),
      ("PbxInfo when dialled", { $0.introducesItself = true }),
    ]
    let all = PBXVariant { variant in for point in points { point.change(&variant) } }
    return [("usual", PBXVariant())] + points.map { ($0.name, PBXVariant($0.change)) } + [("otherwise", all)]
  }()
}
