// The counts behind the checks "subscriptions" and "visibility".

struct SubscriptionProgress: Sendable, Hashable {
  /// How many names a check shows.
  static let maxExamples = 5

  private(set) var up = 0
  private(set) var pending = 0
  private(set) var unseen = 0
  private(set) var refused = 0
  private(set) var unseenExamples: [String] = []
  private(set) var refusal: String?

  var total: Int { up + pending + unseen + refused }

  mutating func count(_ state: Subscriptions.State, sip: String) {
    switch state {
    case .up: up += 1
    case .waiting, .asked: pending += 1
    case .unseen:
      unseen += 1
      addExample(sip)
    case .refused(let reason):
      refused += 1
      refusal = min(refusal ?? reason, reason)
    case .down:
      refused += 1
      let reason = "subscription ended by the PBX"
      refusal = min(refusal ?? reason, reason)
    }
  }

  mutating func add(_ other: SubscriptionProgress) {
    up += other.up
    pending += other.pending
    unseen += other.unseen
    refused += other.refused
    for example in other.unseenExamples { addExample(example) }
    if let reason = other.refusal { refusal = min(refusal ?? reason, reason) }
  }

  /// The first in alphabetical order, so that the text does not change from one look to the next.
  private mutating func addExample(_ sip: String) {
    unseenExamples = Array((unseenExamples + [sip]).sorted().prefix(Self.maxExamples))
  }
}
