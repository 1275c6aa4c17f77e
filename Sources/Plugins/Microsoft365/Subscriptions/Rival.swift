// Who has the presence subscription that is in the way of ours: an account may have one only.

enum Rival: Sendable, Hashable {
  /// It notifies our own address.
  case sameAddress
  case elsewhere(url: String)
  /// The account's subscriptions do not show it.
  case unseen

  /// `url` is where its notifications go.
  init(notificationURL url: String?, ours: String) {
    self =
      switch url {
      case nil: .unseen
      case ours: .sameAddress
      case let url?: .elsewhere(url: url)
      }
  }

  var text: String {
    switch self {
    case .sameAddress: "another account of this gateway, or a gateway with the same address,"
    case .elsewhere(let url): "another gateway, at \(url),"
    case .unseen: "somebody else, whose subscription is not shown,"
    }
  }
}
