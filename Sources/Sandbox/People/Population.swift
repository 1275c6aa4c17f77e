// The simulated people: the same seed always makes the same company.

/// One human with an account in both simulated systems.
public struct SandboxPerson: Sendable, Hashable, Identifiable {
  /// Position in the population.
  public let id: Int
  public let displayName: String
  /// E-mail and user principal name, such as `ada.weber@contoso.example`.
  public let email: String
  /// Microsoft Graph object id (lower-case GUID).
  public let graphID: String
  /// PBX object guid (32 lower-case hex digits).
  public let pbxGUID: String
  /// SIP name in the PBX (`h323`), such as `ada.weber`.
  public let sip: String
  public let number: String
}

public struct Population: Sendable {
  public let domain: String
  public let people: [SandboxPerson]
  private let byGraphID: [String: Int]
  private let byPBXGUID: [String: Int]
  private let bySIP: [String: Int]

  public init(count: Int, seed: UInt64, domain: String = "contoso.example") {
    var random = SeededRandom(seed: seed)
    var taken: Set<String> = []
    self.domain = domain
    people = (0..<count).map { index in
      let first = Self.firstNames.randomElement(using: &random)!
      let last = Self.lastNames.randomElement(using: &random)!
      var sip = "\(first).\(last)".lowercased()
      if !taken.insert(sip).inserted {
        sip += String(index)
        taken.insert(sip)
      }
      let hex = random.hex(32)
      return SandboxPerson(
        id: index, displayName: "\(first) \(last)", email: "\(sip)@\(domain)",
        graphID: "\(hex.prefix(8))-\(hex.dropFirst(8).prefix(4))-4\(hex.dropFirst(13).prefix(3))-"
          + "8\(hex.dropFirst(17).prefix(3))-\(hex.dropFirst(20))",
        pbxGUID: random.hex(32), sip: sip, number: String(1000 + index))
    }
    byGraphID = Dictionary(uniqueKeysWithValues: people.map { ($0.graphID, $0.id) })
    byPBXGUID = Dictionary(uniqueKeysWithValues: people.map { ($0.pbxGUID, $0.id) })
    bySIP = Dictionary(uniqueKeysWithValues: people.map { ($0.sip, $0.id) })
  }

  /// By Graph object id or user principal name.
  public func person(graphID: String) -> SandboxPerson? { byGraphID[graphID.lowercased()].map { people[$0] } }
  public func person(pbxGUID: String) -> SandboxPerson? { byPBXGUID[pbxGUID].map { people[$0] } }
  public func person(sip: String) -> SandboxPerson? { bySIP[sip].map { people[$0] } }

  private static let firstNames = [
    "Ada", "Alan", "Barbara", "Carl", "Dana", "Edsger", "Emmy", "Frances", "Grace", "Hedy", "Ida", "Jean",
    "Karen",
    "Leslie", "Lise", "Margaret", "Niklaus", "Olga", "Peter", "Radia", "Rosa", "Sofia", "Tim", "Ursula",
    "Vint",
  ]
  private static let lastNames = [
    "Adler", "Becker", "Castell", "Dorn", "Engel", "Fischer", "Gruber", "Hahn", "Iversen", "Jung", "Keller",
    "Lange", "Maurer", "Neumann", "Otto", "Peters", "Quandt", "Richter", "Sommer", "Thoma", "Ulrich", "Vogel",
    "Weber", "Zimmer",
  ]
}

/// SplitMix64: small, fast, and the same everywhere.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64
  public init(seed: UInt64) { state = seed }
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func hex(_ digits: Int) -> String {
    String((0..<digits).map { _ in "0123456789abcdef".randomElement(using: &self)! })
  }
}
