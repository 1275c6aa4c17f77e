// What a session needs to know, apart from what its PBX tells it.

import PluginAPI

struct SessionSettings: Sendable {
  var domain: String?
  var master = "pbx"
  var contact = "teams:"
  /// Whether that is the contact under which the users write too.
  var borrows: Bool { contact.lowercased() == "tel:" }
  var subscribePerSecond = 50
  var answerTimeout = Duration.seconds(15)
  var keepAlive = Duration.seconds(30)
  /// How long the presence list may still show an alien call after it was removed.
  var settleTime = Duration.seconds(2)
  /// Only users with this licence are served; nil: everybody.
  var license: String?
  var licenseInterval = Duration.seconds(3600)
  var lineState = LineSource.presence
  var diallingCounts = false
  /// Whether RCC may tell of the calls that are made for users, as if they were calls of their telephones.
  var ownCallsAreInRCC = true
  /// How far the users of each domain, in lower case, have been read before.
  var marks: [String: ReplicationMark] = [:]
  var newChallenge: @Sendable () -> String
  /// The password of now, empty when it cannot be read, and those that are still good during a roll-over.
  var passwords: @Sendable () -> [String]
}
