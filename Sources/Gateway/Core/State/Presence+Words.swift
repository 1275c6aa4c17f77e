// A presence in the words that administrators read.

import PluginAPI

extension Presence {
  /// Such as `busy (inMeeting), in a call, "until 3"`.
  var inWords: String {
    var words = availability == .doNotDisturb ? "do not disturb" : availability.rawValue
    if let activity { words += " (\(activity.rawValue))" }
    switch call {
    case .none: break
    case .ringing: words += ", ringing"
    case .connected: words += ", in a call"
    case .onHold: words += ", on hold"
    }
    if let note { words += ", \"\(note.text)\"" }
    return words
  }
}
