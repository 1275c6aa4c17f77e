// The status page: what an administrator looks at after set-up and when something is wrong. No script, one
// request.

import FoundationEssentials

struct StatusPage {
  private let status: StatusSnapshot
  private let now: Date

  init(_ status: StatusSnapshot, now: Date) {
    self.status = status
    self.now = now
  }

  func html() -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="refresh" content="5">
    <title>\(summary.mark) Presence Gateway</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <header>
    <h1>Presence Gateway</h1>
    <p class="\(summary.state.rawValue)"><b>\(summary.mark)</b> \(Self.escaped(summary.text))</p>
    </header>
    <main>
    \(status.plugins.map(plugin).joined(separator: "\n"))
    \(people)
    \(routes)
    </main>
    <footer>Version \(Self.escaped(status.version)) · running for \(elapsed(since: status.startedAt)) · \
    \(status.memory / 1_000_000) MB · \
    <a href="/status.json">JSON</a> · <a href="/metrics">metrics</a></footer>
    </body>
    </html>

    """
  }

  private var summary: (state: StatusSnapshot.Check.State, mark: String, text: String) {
    let checks = status.plugins.flatMap(\.checks)
    let failing = checks.count { $0.state == .failing }
    let pending = checks.count { $0.state == .pending }
    if failing > 0 {
      return (.failing, "✗", failing == 1 ? "1 thing needs attention" : "\(failing) things need attention")
    }
    if pending > 0 {
      return (.pending, "…", pending == 1 ? "1 step is under way" : "\(pending) steps are under way")
    }
    return (.ok, "✓", "Everything works")
  }

  private func plugin(_ plugin: StatusSnapshot.Plugin) -> String {
    let checks = plugin.checks.map(check).joined(separator: "\n")
    return """
      <section>
      <h2>\(Self.escaped(plugin.id)) <small>\(Self.escaped(plugin.type))</small></h2>
      <ul>
      \(checks.isEmpty ? "<li class=\"quiet\">nothing reported yet</li>" : checks)
      </ul>
      </section>
      """
  }

  private func check(_ check: StatusSnapshot.Check) -> String {
    let mark =
      switch check.state {
      case .ok: "✓"
      case .pending: "…"
      case .failing: "✗"
      }
    var text = "<li class=\"\(check.state.rawValue)\"><b>\(mark)</b> \(Self.escaped(check.name))"
    if let detail = check.detail { text += " <span>\(Self.escaped(detail))</span>" }
    if !check.required { text += " <span class=\"quiet\">optional</span>" }
    if let since = check.since { text += " <time>for \(elapsed(since: since))</time>" }
    if let remedy = check.remedy { text += "<p>\(Self.escaped(remedy))</p>" }
    return text + "</li>"
  }

  private var people: String {
    let counts = [
      ("matched", status.people.matched), ("unmatched", status.people.unmatched),
      ("ambiguous", status.people.ambiguous), ("excluded", status.people.excluded),
      ("unlicensed", status.people.unlicensed),
    ]
    let cells = counts.map { "<div><dd>\($0.1)</dd><dt>\($0.0)</dt></div>" }.joined()
    return "<section><h2>People</h2><dl>\(cells)</dl></section>"
  }

  private var routes: String {
    guard !status.routes.isEmpty else { return "" }
    let rows = status.routes.map { route in
      let cells = [
        String(route.delivered), String(route.failed), String(route.outbox), milliseconds(route.latencyP50ms),
        milliseconds(route.latencyP99ms),
      ]
      return "<tr><th>\(Self.escaped(route.from)) → \(Self.escaped(route.to))</th>"
        + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    return """
      <section><h2>Routes</h2><div class="wide"><table>
      <tr><th></th><td>delivered</td><td>failed</td><td>waiting</td><td>p50</td><td>p99</td></tr>
      \(rows.joined(separator: "\n"))
      </table></div></section>
      """
  }

  private func milliseconds(_ value: Double?) -> String {
    value.map { "\((($0 * 10).rounded()) / 10) ms" } ?? "–"
  }

  private func elapsed(since date: Date) -> String {
    let seconds = max(0, Int(now.timeIntervalSince(date)))
    return switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) days"
    }
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  private static let style = """
    :root{color-scheme:light dark;--ok:light-dark(#1a7f37,#4ac26b);--bad:light-dark(#c62828,#ff7b72);\
    --wait:light-dark(#9a6700,#d4a72c);--quiet:light-dark(#59636e,#9198a1);\
    --line:light-dark(#d1d9e0,#3d444d);\
    --back:light-dark(#fff,#0d1117);--card:light-dark(#f6f8fa,#151b23);--text:light-dark(#1f2328,#f0f6fc)}
    body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1.5rem;\
    background:var(--back);color:var(--text)}
    header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline}
    h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}header p{margin:0}
    section{background:var(--card);border:1px solid var(--line);border-radius:.5rem;\
    padding:1rem;margin:1rem 0}
    ul{list-style:none;margin:0;padding:0}li{padding:.15rem 0}li b{display:inline-block;width:1.2rem}
    li p{margin:.1rem 0 .3rem 1.45rem}
    .ok b{color:var(--ok)}.failing b,.failing p{color:var(--bad)}.pending b{color:var(--wait)}
    span,time,small,.quiet,dt,footer,td{color:var(--quiet)}small{font-weight:normal}time{float:right}
    dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:0}dd{font-size:1.4rem;margin:0}
    .wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
    th{text-align:left;font-weight:normal;white-space:nowrap}
    td{text-align:right;padding:.15rem 0 .15rem 1rem;font-variant-numeric:tabular-nums;white-space:nowrap}
    footer{font-size:.85rem}a{color:inherit}
    """
}
