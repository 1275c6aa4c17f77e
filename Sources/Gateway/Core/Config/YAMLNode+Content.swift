// What a tree says, apart from where it stands: whether a part of the configuration has changed.

extension YAMLNode {
  /// The same for two trees that say the same. Not for people: it holds what was written, secrets by mistake included.
  var fingerprint: String {
    switch content {
    case .scalar(let text, let plain): "\(plain ? "p" : "q")\(text.utf8.count):\(text)"
    case .list(let items): "[\(items.map(\.fingerprint).joined())]"
    case .mapping(let entries): Self.fingerprint(entries)
    }
  }

  /// The order of keys says nothing.
  static func fingerprint(_ entries: [Entry]) -> String {
    let members = entries.map { "\($0.key.utf8.count):\($0.key)\($0.value.fingerprint)" }
    return "{\(members.sorted().joined())}"
  }

  /// The place of `gateway.public.listen`, or of as much of it as is written.
  func place(of path: String) -> Place {
    var (node, place) = (self, self.place)
    for key in path.split(separator: ".") {
      guard case .mapping(let entries) = node.content, let entry = entries.first(where: { $0.key == key })
      else { break }
      (node, place) = (entry.value, entry.place)
    }
    return place
  }
}
