// Graph tells its lists in pages, each with a link to the next: they are read here, and nowhere else.

import PluginAPI

/// Source: https://learn.microsoft.com/en-us/graph/paging
struct GraphPage<Item: Decodable & Sendable>: Decodable, Sendable {
  var value: [Item]
  var nextLink: String?
  /// Ends a list of changes: where to read on the next time.
  var deltaLink: String?
  /// On the first page, where it was asked for.
  var count: Int?

  enum CodingKeys: String, CodingKey {
    case value
    case nextLink = "@odata.nextLink"
    case deltaLink = "@odata.deltaLink"
    case count = "@odata.count"
  }
}

extension GraphClient {
  /// Of the longest list: a tenant of a million users. A stop for an endless chain of links.
  static let maxPages = 1100

  /// Page after page, from `first` on; `take` is given each as soon as it has come.
  func pages<Item: Decodable & Sendable>(
    _ first: GraphRequest, of: Item.Type, as signIns: [SignIn],
    take: (GraphPage<Item>) -> Void
  ) async throws(GraphError) {
    var request = first
    for _ in 0..<Self.maxPages {
      let page = try await fetch(GraphPage<Item>.self, request, as: signIns)
      take(page)
      guard let next = page.nextLink else { return }
      request.target = next
    }
    throw .unreadable("the pages of \(first.call.rawValue) do not end")
  }

  /// The whole list.
  func list<Item: Decodable & Sendable>(
    _ first: GraphRequest, of item: Item.Type, as signIns: [SignIn]
  ) async throws(GraphError) -> [Item] {
    var all: [Item] = []
    try await pages(first, of: item, as: signIns) { all += $0.value }
    return all
  }
}
