// Who watches whom: stable shares, so that few subscriptions are made anew when people or accounts come and go.

import PluginAPI

extension SubscriptionPlan {
  /// Gives everybody a place, moving nobody who has one; whether a subscription must be made anew.
  mutating func assign() -> Bool {
    for index in accounts.indices {
      accounts[index].share = accounts[index].takesPeople ? accounts[index].share.intersection(people) : []
    }
    var rest = accounts.reduce(into: people) { $0.subtract($1.share) }
    // Back to where they are still watched, or were in an earlier life: costs nothing.
    for index in accounts.indices where accounts[index].takesPeople {
      let home = accounts[index].live?.users ?? accounts[index].remembered
      for user in rest.intersection(home).sorted() where accounts[index].share.count < Self.capacity {
        accounts[index].share.insert(user)
        rest.remove(user)
      }
    }
    // Then accounts that must subscribe anyway, then the emptiest: few subscriptions are made anew.
    let order = accounts.indices.filter { accounts[$0].takesPeople }.sorted { a, b in
      let keys = [a, b].map { index in
        let home = accounts[index].live?.users ?? accounts[index].remembered
        return (home.isEmpty ? 0 : 1, max(accounts[index].share.count, home.count), index)
      }
      return keys[0] < keys[1]
    }
    var waiting = rest.sorted()[...]
    for index in order where !waiting.isEmpty {
      let room = Self.capacity - accounts[index].share.count
      accounts[index].share.formUnion(waiting.prefix(room))
      waiting = waiting.dropFirst(room)
    }
    return accounts.contains { $0.takesPeople && !$0.share.isSubset(of: $0.live?.users ?? []) }
  }
}
