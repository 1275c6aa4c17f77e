// Users at the App's page: how many there may be, and what they are told.

extension Switchboard {
  /// Pages open at the same time.
  static let maxVisitors = 256

  func visited(_ id: Int) {
    metrics.login("visitor")
    lines[id]?.isVisitor = true
    if lines.values.count(where: { $0.isVisitor && !$0.ended }) > Self.maxVisitors {
      end(id, "too many pages are open")
    }
  }

  func tellStatus(_ src: String?, on id: Int) async {
    let status = await context.status.statusJSON()
    guard let line = lines[id], !line.ended else { return }
    if !line.wire.send(.statusResult(status, src: src)) { end(id, "the page does not read what it is sent") }
  }
}

extension Letter {
  /// The gateway's state is JSON already, and may be longer than a PBX would accept: it goes to browsers only.
  static func statusResult(_ status: [UInt8], src: String?) -> Letter {
    let head = Outgoing("GetStatusResult", src: src).text ?? Array(#"{"mt":"GetStatusResult"}"#.utf8)
    return .text(head.dropLast() + Array(#","status":"#.utf8) + status + [UInt8(ascii: "}")])
  }
}
