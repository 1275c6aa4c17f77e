// The check marks of all plugins, each with since when it is what it is.

import FoundationEssentials
import PluginAPI

final class HealthBoard: Sendable {
  struct Entry: Sendable {
    var check: Check
    var since: Date
  }
  private let entries = Locked<[String: [Entry]]>([:])
  private let events: EventLog?

  init(events: EventLog? = nil) { self.events = events }

  /// Since-when moves only when the mark changes, not with every new count or detail.
  func report(_ check: Check, of plugin: String, at date: Date) {
    let isNews = entries.withLock { entries in
      let list = entries[plugin, default: []]
      if let index = list.firstIndex(where: { $0.check.name == check.name }) {
        let same = list[index].check.state.mark == check.state.mark
        entries[plugin]?[index] = Entry(check: check, since: same ? list[index].since : date)
        return !same
      }
      entries[plugin, default: []].append(Entry(check: check, since: date))
      return true
    }
    if isNews { tell(check, of: plugin) }
  }
  private func tell(_ check: Check, of plugin: String) {
    switch check.state {
    case .pending: break
    case .ok(let detail): events?.append(.check, .info, "✓ \(check.name)", detail: detail, plugin: plugin)
    case .failing(let reason, let remedy):
      events?.append(
        .check, check.required ? .error : .warning, "✗ \(check.name)", detail: "\(reason) — \(remedy)",
        plugin: plugin)
    }
  }
  func remove(_ name: String, of plugin: String) {
    entries.withLock { $0[plugin]?.removeAll { $0.check.name == name } }
  }
  func forget(_ plugin: String) { entries.withLock { $0[plugin] = nil } }
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
