// Builds the tree from libyaml's events, inside limits that keep a hostile or mistaken file harmless.

/// One document of UTF-8 text, with anchors, aliases and merge keys resolved.
struct YAMLParser {
  struct Limits {
    var bytes = 1 << 20
    var depth = 64
    /// Of nodes, with every alias counted as if it were written out.
    var nodes = 100_000
    var problems = 100
  }

  private let events: YAMLEvents
  private let file: String
  private let limits: Limits
  private var nodes = 0
  private var anchors: [String: YAMLNode] = [:]
  private var open: Set<String> = []
  private var problems: [ConfigProblem] = []

  /// The tree and everything wrong with its form; no tree when the text could not be read to its end.
  static func parse(
    _ bytes: [UInt8], file: String, limits: Limits = Limits()
  ) -> (root: YAMLNode?, problems: [ConfigProblem]) {
    func refuse(_ place: YAMLNode.Place, _ message: String) -> (YAMLNode?, [ConfigProblem]) {
      (nil, [ConfigProblem(file: file, place: place, message)])
    }
    guard bytes.count <= limits.bytes else {
      return refuse(.start, "is larger than \(limits.bytes >> 20) MB (\(bytes.count) bytes)")
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if let offset = firstInvalidUTF8(in: text) {
      let byte = String(text[offset], radix: 16, uppercase: true)
      let place = text.withUnsafeBufferPointer { YAMLNode.Place(of: offset, in: $0) }
      return refuse(place, "is not UTF-8 (byte 0x\(byte)): save the file as UTF-8")
    }
    return YAMLEvents.withEvents(text) { events in
      var parser = YAMLParser(events: events, file: file, limits: limits)
      do throws(ConfigProblem) {
        let root = try parser.document()
        return (root, parser.problems)
      } catch { return (nil, parser.problems + [error]) }
    }
  }

  private init(events: YAMLEvents, file: String, limits: Limits) {
    self.events = events
    self.file = file
    self.limits = limits
  }

  private mutating func document() throws(ConfigProblem) -> YAMLNode {
    _ = try next()
    guard case .documentStart = try next().kind else { return YAMLNode(.scalar("", plain: true), at: .start) }
    let root = try node(try next(), depth: 1)
    _ = try next()
    let end = try next()
    if case .documentStart = end.kind {
      throw problem(end.place, "a second document begins: only one is read")
    }
    return root
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(ConfigProblem) -> YAMLNode {
    guard depth <= limits.depth else {
      throw problem(event.place, "is nested deeper than \(limits.depth) levels")
    }
    if case .alias(let name) = event.kind { return try resolve(name, at: event.place) }
    nodes += 1
    try checkCount(at: event.place)
    if let anchor = event.anchor { open.insert(anchor) }
    let node = YAMLNode(try content(event, depth: depth), at: event.place, range: event.range)
    if let anchor = event.anchor {
      open.remove(anchor)
      anchors[anchor] = node
    }
    return node
  }

  private mutating func content(_ event: YAMLEvent, depth: Int) throws(ConfigProblem) -> YAMLNode.Content {
    switch event.kind {
    case .sequenceStart:
      checkTag(event, allowed: "tag:yaml.org,2002:seq")
      return .list(try list(depth: depth))
    case .mappingStart:
      checkTag(event, allowed: "tag:yaml.org,2002:map")
      return .mapping(try mapping(depth: depth))
    case .scalar(let text, let plain):
      checkTag(event, allowed: "tag:yaml.org,2002:str")
      return .scalar(text, plain: plain)
    default: throw problem(event.place, "a value is expected here")
    }
  }

  private mutating func list(depth: Int) throws(ConfigProblem) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let event = try next()
      if case .sequenceEnd = event.kind { return items }
      items.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func mapping(depth: Int) throws(ConfigProblem) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    var merged: [YAMLNode.Entry] = []
    while true {
      let event = try next()
      if case .mappingEnd = event.kind { break }
      let keyNode = try node(event, depth: depth + 1)
      let value = try node(try next(), depth: depth + 1)
      guard case .scalar(let key, let plain) = keyNode.content else {
        report(event.place, "a key must be a plain word, is \(keyNode.kind)")
        continue
      }
      if let first = lines.updateValue(lines[key] ?? event.place.line, forKey: key) {
        report(event.place, "duplicate key \(quoted(key: key)) (first at line \(first))")
      } else if key == "<<" && plain {
        merged = mergeSources(value, at: event.place)
      } else {
        entries.append(.init(key: key, keyPlace: event.place, value: value))
      }
    }
    for entry in merged where lines[entry.key] == nil {
      lines[entry.key] = entry.keyPlace.line
      entries.append(entry)
    }
    return entries
  }

  /// The entries that `<<` brings in; of a list, the first mapping that has a key wins.
  private mutating func mergeSources(_ value: YAMLNode, at place: YAMLNode.Place) -> [YAMLNode.Entry] {
    switch value.content {
    case .mapping(let entries): return entries
    case .list(let items):
      var entries: [YAMLNode.Entry] = []
      for item in items {
        if case .mapping(let more) = item.content { entries += more } else { mergeRefused(item, at: place) }
      }
      return entries
    case .scalar:
      mergeRefused(value, at: place)
      return []
    }
  }

  private mutating func mergeRefused(_ node: YAMLNode, at place: YAMLNode.Place) {
    report(place, "<< merges a mapping or a list of mappings, this is \(node.kind)")
  }

  private mutating func resolve(_ name: String, at place: YAMLNode.Place) throws(ConfigProblem) -> YAMLNode {
    if open.contains(name) { throw problem(place, "alias \"\(name)\" stands inside its own anchor") }
    guard let target = anchors[name] else {
      throw problem(place, "no anchor \"\(name)\" stands above\(near(name, in: anchors.keys.sorted()))")
    }
    nodes += target.weight
    try checkCount(at: place, "aliases make this ")
    return target
  }

  private func checkCount(at place: YAMLNode.Place, _ cause: String = "is ") throws(ConfigProblem) {
    guard nodes <= limits.nodes else { throw problem(place, "\(cause)more than \(limits.nodes) values") }
  }

  private mutating func checkTag(_ event: YAMLEvent, allowed: String) {
    guard let tag = event.tag, tag != allowed, tag != "!" else { return }
    let core = "tag:yaml.org,2002:"
    let short = tag.hasPrefix(core) ? "!!\(tag.dropFirst(core.count))" : tag
    report(event.place, "the tag \(short) is not supported: write the value alone")
  }

  private func next() throws(ConfigProblem) -> YAMLEvent {
    do throws(YAMLSyntaxError) { return try events.next() } catch {
      throw problem(error.place, error.message)
    }
  }

  private func problem(_ place: YAMLNode.Place, _ message: String) -> ConfigProblem {
    ConfigProblem(file: file, place: place, message)
  }
  private mutating func report(_ place: YAMLNode.Place, _ message: String) {
    if problems.count < limits.problems { problems.append(problem(place, message)) }
  }
}

/// The offset of the first byte that is no UTF-8, or nil.
private func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
  guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  var offset = 0
  while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
  return offset
}
