// For whom a reverse proxy asks: what `X-Forwarded-For` says is believed as far as proxies that are trusted have written it.

import PluginAPI

struct ForwardedFor: Hashable, Sendable {
  /// Whoever comes from there may name any address.
  var trusted: [IPNetwork] = []

  /// Who counts as one peer where connections are shared out: a trusted proxy stands for as many as this machine.
  func peer(at address: String) -> PeerAddress { trusts(address) ? .local : PeerAddress(address) }

  func trusts(_ address: String) -> Bool {
    !trusted.isEmpty && IPAddress(address).map(trusts) == true
  }
  private func trusts(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }

  /// The client of a request: each proxy has added by whom it was asked, so that the right-most address that is no
  /// trusted proxy's counts. What stands left of it, or of something that is no address, may be invented.
  func client(behind address: String, _ headers: @autoclosure () -> [String]) -> String {
    guard trusts(address) else { return address }
    var client = address
    for entry in headers().flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }).reversed()
    {
      guard let asker = IPAddress(entry.trimmed) else { break }
      client = asker.description
      guard trusts(asker) else { break }
    }
    return client
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
