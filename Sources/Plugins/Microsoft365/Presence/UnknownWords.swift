// Remembers the unknown words already told, so that each is logged once. Bounded: a flood is not remembered.

import Logging

actor UnknownWords {
  static let limit = 256
  private var told: Set<String> = []
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// Logs those not seen before; returns them.
  @discardableResult
  func note(_ words: [String]) -> [String] {
    var fresh: [String] = []
    for word in words where told.count < Self.limit && told.insert(word).inserted {
      logger.notice("Teams reports a presence unknown to the gateway", metadata: ["word": "\(word)"])
      fresh.append(word)
    }
    return fresh
  }
}
