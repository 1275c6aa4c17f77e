// What Microsoft posts: changes and lifecycle events, in the shapes documented and in those observed (C.3, C.6).

import FoundationEssentials
import PluginAPI

struct NotificationBody: Decodable, Sendable {
  var value: [Item]
  var validationTokens: [String]?

  struct Item: Decodable, Sendable {
    var subscriptionId: String?
    var clientState: String?
    var lifecycleEvent: String?
    var resource: String?
    var resourceData: ResourceData?
    var encryptedContent: RichContent?

    /// From `resourceData.id`, else from the parentheses or the last part of `resource`.
    var user: UserID? {
      if let id = resourceData?.id, !id.isEmpty { return UserID(id.lowercased()) }
      guard let resource else { return nil }
      if let open = resource.firstIndex(of: "("), let close = resource.lastIndex(of: ")"), open < close {
        let inner = resource[resource.index(after: open)..<close].filter { $0 != "'" }
        return inner.isEmpty ? nil : UserID(inner.lowercased())
      }
      return resource.split(separator: "/").last.map { UserID($0.lowercased()) }
    }
  }

  struct ResourceData: Decodable, Sendable {
    var id: String?
    /// In clear text only in basic notifications.
    var availability: String?
    var activity: String?
  }

  /// Nil when it is no such body.
  init?(_ bytes: [UInt8]) {
    guard let body = try? JSONDecoder().decode(NotificationBody.self, from: Data(bytes)) else { return nil }
    self = body
  }
}
