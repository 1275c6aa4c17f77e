// A call that the PBX does not carry is shown as on-the-phone by an "alien call", made through a PbxApi that
// acts for the user (PbxImpersonation).

import PluginAPI

/// How far the alien call of one user has come on this connection; it dies with the connection.
enum AlienCall: Sendable, Hashable {
  case creating(src: String)
  case adding(target: String, src: String)
  case held(target: String, id: Int)
  case removing(target: String, id: Int, src: String)
  /// AddAlienCall stayed unanswered: there may be a call.
  case unsure(target: String)
  /// Gone, but the presence list may still show it until then.
  case settling(until: Moment)
}

/// Request ids carry the user, so that a late answer can be cleaned up without remembering its question.
enum WriteSource {
  static func make(_ kind: Character, _ number: Int, _ user: UserID) -> String {
    "\(kind)\(number):\(user.rawValue)"
  }

  /// The user of `w12:<guid>`; nil for ids of another form.
  static func user(of src: String) -> UserID? {
    guard let colon = src.firstIndex(of: ":"), src.first.map({ "wicd".contains($0) }) == true else {
      return nil
    }
    return UserID(String(src[src.index(after: colon)...]))
  }
}
