// Whether the state file takes what it is given, in the words of a check mark.

import CSQLite
import PluginAPI

enum StateCondition: Sendable, Equatable {
  case sound
  /// `waiting`: how many things stand in memory only.
  case unwritable(SQLiteError, waiting: Int)

  func check(of path: String) -> Check {
    switch self {
    case .sound: Check("state", .ok(detail: path), required: false)
    case .unwritable(let error, let waiting):
      Check(
        "state",
        .failing(
          reason: "\(path) cannot be written: \(error); not kept yet: \(waiting)",
          remedy:
            "\(Self.remedy(error.code)) Everything goes on meanwhile; a crash before that could leave a state of "
            + "ours behind in a system."),
        required: false)
    }
  }

  private static func remedy(_ code: Int32) -> String {
    switch code {
    case SQLITE_FULL: "Make space on the disk."
    case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_IOERR:
      "Let the gateway write this file and its folder."
    case SQLITE_BUSY, SQLITE_LOCKED: "Another program has locked it: end that one."
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      "Restart the gateway: it moves the damaged file aside and rebuilds it from the two systems."
    default: "Look at it with `presence-gateway state check`."
    }
  }
}
