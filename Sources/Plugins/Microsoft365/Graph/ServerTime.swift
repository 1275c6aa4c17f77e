// Microsoft's clock, by the `Date` of its answers: expiries are asked for and judged by it, so that a wrong clock here
// costs nothing but a warning.

import FoundationEssentials
import PluginAPI

actor ServerTime {
  static let checkName = "clock"
  /// A difference below is the time an answer takes, and the header's whole seconds.
  static let noise = 3.0
  /// From here on the administrator is told: logs no longer fit together, and sign-ins with a certificate fail.
  static let warning = 60.0

  private var offset = 0.0
  private var told: Int?
  private let clock: any GatewayClock
  private let health: any HealthReporter

  init(context: PluginContext) {
    clock = context.clock
    health = context.health
  }

  /// Microsoft's date now.
  var date: Date { clock.date.addingTimeInterval(offset) }

  func note(_ header: String?) {
    guard let server = header.flatMap(httpDate) else { return }
    let difference = server.timeIntervalSince(clock.date)
    offset = abs(difference) < Self.noise ? 0 : difference
    let minutes = abs(offset) < Self.warning ? 0 : Int((offset / 60).rounded())
    if told != minutes { report(minutes) }
    told = minutes
  }

  private func report(_ minutes: Int) {
    let way = minutes > 0 ? "behind" : "ahead of"
    let check: Check.State =
      minutes == 0
      ? .ok(detail: "in step with Microsoft's")
      : .failing(
        reason: "this machine's clock is \(abs(minutes)) min \(way) Microsoft's",
        remedy: "synchronise the clock, for example with chrony or systemd-timesyncd")
    health.report(Check(Self.checkName, check, required: false))
  }
}
