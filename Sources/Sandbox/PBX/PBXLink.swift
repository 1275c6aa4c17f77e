// One open connection inside `PBXSystem`: the session, the line it speaks through, and what faults hold back.

import NIOCore

/// What carries the session's messages; the socket in real life, a recorder in tests. Used on the event loop
/// only.
public protocol PBXLine: Sendable {
  /// False when the peer does not read and too much piles up.
  func send(_ text: String) -> Bool
  func flush()
  func close(reason: String)
}

struct PBXLink {
  let pbx: String
  var session: PBXSession
  let line: any PBXLine
  /// Messages of the gateway that a hanging PBX has not looked at.
  var unread: [String] = []
  /// Messages of the PBX that a fault holds back, oldest first.
  var unsent: CircularBuffer<Held> = []

  struct Held {
    let text: String
    let showing: PBXShown?
    let due: NIODeadline
  }

  static let maxHeld = 100_000
}
