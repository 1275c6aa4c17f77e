// Who changed what on the admin page: a log line and an event for each, never with a secret.

import Logging

struct AuditLog: Sendable {
  let logger: Logger
  let events: EventLog

  func done(_ action: String, _ call: WebCall, target: String = "") { note(action, target, call, nil) }
  func refused(_ action: String, _ call: WebCall, target: String = "", _ reason: String) {
    note(action, target, call, reason)
  }

  private func note(_ action: String, _ target: String, _ call: WebCall, _ reason: String?) {
    var facts: Logger.Metadata = ["action": "\(action)", "address": "\(call.request.remoteAddress)"]
    if !target.isEmpty { facts["target"] = "\(target)" }
    if let reason { facts["reason"] = "\(reason)" }
    logger.notice(reason == nil ? "administrator" : "administrator was refused", metadata: facts)
    events.append(
      .audit, reason == nil ? .info : .warning, target.isEmpty ? action : "\(action): \(target)",
      detail: ["from \(call.request.remoteAddress)", reason].compactMap { $0 }.joined(separator: ", "))
  }
}
