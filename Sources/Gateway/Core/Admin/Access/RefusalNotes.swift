// Which refusals are noted: what strangers can repeat as often as they like must not fill the log.

import PluginAPI

/// Pure: the same one once a minute, and only so many of all.
struct RefusalNotes: Sendable {
  static let window: Duration = .seconds(60)
  static let limit = 60
  private var begun: Moment?
  private var noted: Set<String> = []

  mutating func isNew(_ refusal: String, now: Moment) -> Bool {
    if begun.map({ now - $0 >= Self.window }) ?? true { (begun, noted) = (now, []) }
    return noted.count < Self.limit && noted.insert(refusal).inserted
  }
}
