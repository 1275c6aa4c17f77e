// What is going to happen, in the order of its time.

import PluginAPI

struct Agenda {
  private struct Item {
    let at: Moment
    let action: (Simulation) -> Void
  }
  /// The next one last.
  private var items: [Item] = []

  var next: Moment? { items.last?.at }

  mutating func add(_ at: Moment, _ action: @escaping (Simulation) -> Void) {
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if items[middle].at > at { low = middle + 1 } else { high = middle }
    }
    items.insert(Item(at: at, action: action), at: low)
  }

  mutating func removeFirst() -> (Simulation) -> Void { items.removeLast().action }
}
