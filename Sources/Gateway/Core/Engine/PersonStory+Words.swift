// A person's story in plain words, as `presence-gateway explain` prints it.

import FoundationEssentials
import PluginAPI

extension PersonStory {
  public var inWords: String {
    var lines = ["\(name.isEmpty ? "(no name)" : name), at \(at.formatted(.iso8601))"]
    for user in users {
      let identities = user.identities.isEmpty ? "" : " (\(user.identities.joined(separator: ", ")))"
      lines.append("  in \(user.plugin): \(user.id)\(identities), \(user.standing)")
      lines += user.problems.map { "    ! \($0)" }
    }
    for pause in pauses {
      let end = pause.until.map { "ends \(relative($0))" } ?? "until it is resumed"
      lines.append("  paused (\(pause.meanwhile.rawValue)), \(end)\(pause.reason.map { ": \($0)" } ?? "")")
    }
    for source in sources { lines += words(source) }
    for sink in sinks { lines += words(sink) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func words(_ source: Source) -> [String] {
    var lines: [String] = []
    if let says = source.says {
      let since = source.since.map { ", since \(relative($0))" } ?? ""
      let heard = source.heardAt.map { ", last heard \(relative($0))" } ?? ", not heard since the start"
      lines.append("\(source.plugin) says: \(says.inWords)\(since)\(heard)")
    } else {
      lines.append("\(source.plugin) has said nothing yet")
    }
    if let echo = source.echo {
      lines.append("  reported \(echo.presence.inWords) \(relative(echo.at)): not counted, \(echo.why)")
    }
    if let poll = source.pollAt { lines.append("  is asked again \(relative(poll))") }
    return lines
  }

  private func words(_ sink: Sink) -> [String] {
    let nothing = "nothing of ours"
    var lines = ["\(sink.plugin) should show: \(sink.effective?.inWords ?? nothing)"]
    for route in sink.routes {
      let remark = route.remark.map { " (\($0))" } ?? ""
      lines.append("  from \(route.from): \(route.contributes?.inWords ?? "nothing")\(remark)")
      if let waiting = route.waiting, let until = route.waitsUntil {
        lines.append("    next: \(waiting.inWords), \(relative(until))")
      }
    }
    if sink.routes.count > 1 {
      lines.append("  merged (\(sink.merge)): \(sink.requested?.inWords ?? "nothing")")
    }
    if let requested = sink.requested, requested != sink.effective, requested != .available {
      lines.append("  asked for \(requested.inWords); this is what \(sink.plugin) can hold of it")
    }
    lines.append("  last accepted: \(sink.delivered?.inWords ?? nothing); \(sink.state)")
    if !sink.doubtful.isEmpty {
      let values = sink.doubtful.map(\.inWords).joined(separator: " or ")
      lines.append("  an answer was lost: it may also show \(values)")
    }
    if let answer = sink.lastAnswer {
      let reason = answer.reason.map { ": \($0)" } ?? ""
      lines.append("  sent \(relative(answer.sentAt)), \(answer.outcome) \(relative(answer.at))\(reason)")
    }
    if let retry = sink.retryAt { lines.append("  is tried again \(relative(retry))") }
    if let refresh = sink.refreshAt, let ends = sink.leaseEnds {
      lines.append("  is refreshed \(relative(refresh)), before it would end \(relative(ends))")
    } else if let ends = sink.leaseEnds {
      lines.append("  ends by itself \(relative(ends))")
    }
    return lines
  }

  /// `3 s ago`, `in 4 min`.
  private func relative(_ date: Date) -> String {
    let seconds = date.timeIntervalSince(at)
    let size = abs(seconds)
    if size < 1 { return "now" }
    let text =
      size < 120
      ? "\(Int(size.rounded())) s"
      : size < 7200
        ? "\(Int((size / 60).rounded())) min"
        : size < 172_800
          ? "\(Int((size / 3600).rounded())) h" : "\(Int((size / 86400).rounded())) days"
    return seconds < 0 ? "\(text) ago" : "in \(text)"
  }
}
