// The check marks of all plugins, each with since when it is what it is.

import FoundationEssentials
import PluginAPI

final class HealthBoard: Sendable {
  struct Entry: Sendable {
    var check: Check
    var since: Date
  }
  private let entries = Locked<[String: [Entry]]>([:])

  /// Since-when moves only when the mark changes, not with every new count or detail.
  func report(_ check: Check, of plugin: String, at date: Date) {
    entries.withLock { entries in
      let list = entries[plugin, default: []]
      if let index = list.firstIndex(where: { $0.check.name == check.name }) {
        let same = list[index].check.state.mark == check.state.mark
        entries[plugin]?[index] = Entry(check: check, since: same ? list[index].since : date)
      } else {
        entries[plugin, default: []].append(Entry(check: check, since: date))
      }
    }
  }
  func remove(_ name: String, of plugin: String) {
    entries.withLock { $0[plugin]?.removeAll { $0.check.name == name } }
  }
  func checks(of plugin: String) -> [Entry] { entries.withLock { $0[plugin] ?? [] } }
}

extension Check.State {
  enum Mark: String, Sendable { case pending, ok, failing }
  var mark: Mark {
    switch self {
    case .pending: .pending
    case .ok: .ok
    case .failing: .failing
    }
  }
}
