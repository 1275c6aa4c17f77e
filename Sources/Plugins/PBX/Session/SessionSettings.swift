// What a session needs to know, apart from what its PBX tells it.

import PluginAPI

struct SessionSettings: Sendable {
  var domain: String?
  var master = "pbx"
  var contact = "teams:"
  var subscribePerSecond = 50
  var answerTimeout = Duration.seconds(15)
  var keepAlive = Duration.seconds(30)
  /// How long the presence list may still show an alien call after it was removed.
  var settleTime = Duration.seconds(2)
  var newChallenge: @Sendable () -> String
  var passwords: @Sendable () -> [String]
}
