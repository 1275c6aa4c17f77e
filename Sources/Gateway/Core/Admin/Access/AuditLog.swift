// Who changed what on the admin page: a log line and an event for each, never with a secret.

import Logging
import PluginAPI

struct AuditLog: Sendable {
  typealias Person = (plugin: String, user: UserID, name: String)
  let logger: Logger
  let events: EventLog

  /// `person` is whom it is about: named apart, so that pseudonyms can stand for them.
  func done(
    _ action: String, _ call: WebCall, target: String = "", of person: Person? = nil, detail: String? = nil
  ) {
    let facts = append(action, target, call, person, [("detail", detail)])
    logger.notice("administrator", metadata: facts)
  }

  func refused(_ action: String, _ call: WebCall, target: String = "", _ reason: String) {
    let facts = append(action, target, call, nil, [("reason", reason)], level: .warning)
    logger.notice("administrator was refused", metadata: facts)
  }

  /// By whoever may write the file: nobody knows who.
  func configurationChanged(_ changes: [String]) {
    events.append(.audit, .info, "configuration changed", detail: changes.joined(separator: "; "))
    logger.notice("configuration changed", metadata: ["changes": .array(changes.map { "\($0)" })])
  }

  private func append(
    _ action: String, _ target: String, _ call: WebCall, _ person: Person?,
    _ more: [(name: String, text: String?)], level: EventLog.Level = .info
  ) -> Logger.Metadata {
    let address = call.request.remoteAddress
    let certificate = call.certificateName.map { printable($0) }
    let more = [("certificate", certificate)] + more
    var facts: Logger.Metadata = ["action": "\(action)", "address": "\(address)"]
    if !target.isEmpty { facts["target"] = "\(target)" }
    if let person { (facts["plugin"], facts["user"]) = ("\(person.plugin)", "\(person.user)") }
    for (name, text) in more { facts[name] = text.map { "\($0)" } }
    events.append(
      .audit, level, target.isEmpty ? action : "\(action): \(target)",
      detail: (["from \(address)"] + more.compactMap(\.text)).joined(separator: ", "),
      plugin: person?.plugin, user: person?.user, name: person?.name)
    return facts
  }
}
