// A gateway that knows 100,000 people: its table is searched, sorted and turned over the real listener and in the page.

import FoundationEssentials
import Gateway
import Logging
import PluginAPI
import Sandbox
import Testing

import enum PluginTestKit.Patience

/// A directory of many people, and nothing else.
private struct CrowdPlugin: DirectoryProvider {
  static let type = "crowd"
  static let summary = "100,000 people"
  private let id: String

  init(config: ConfigSection, context: PluginContext) { id = context.id }

  func publishDirectory(to directory: any DirectoryInlet) async throws {
    let users = (0..<100_000).map { number in
      DirectoryUser(
        id: UserID("\(id)-\(number)"), displayName: "Person \(number)",
        identities: [Identity(.email, "person\(number)@contoso.example")])
    }
    await directory.publish(.snapshot(users))
  }
}

@Suite(.serialized, .timeLimit(.minutes(4))) struct AdminPageCrowdTests {
  @Test func aHundredThousandAreSmooth() async throws {
    let folder = try temporaryFolder("crowd")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (open, admin) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    try """
    gateway:
      public: { listen: "127.0.0.1:\(open)" }
      admin: { listen: "127.0.0.1:\(admin)" }
      state: memory
    plugins:
      teams: { type: crowd }
      pbx: { type: crowd }
    people: { match: [email] }
    routes: []
    """.write(toFile: "\(folder)/plugins.yaml", atomically: true, encoding: .utf8)
    let gateway = try PresenceGateway(
      .init(
        config: "\(folder)/plugins.yaml", environment: [:], types: [CrowdPlugin.self], version: "test",
        logHandler: { _, _ in SwiftLogNoOpLogHandler() }))
    try await gateway.start()
    try await attempt {
      try await Browser.run(port: admin, Self.look)
    } afterwards: {
      await gateway.stop()
    }
  }

  private static func look(_ browser: Browser) async throws {
    try await browser.open("#/people")
    try await browser.sees("1–50 of 100,000", in: ".count", within: 90)
    for (what, query) in [
      ("a page", "offset=50000&limit=50"), ("a search", "search=person77777&limit=50"),
      ("a search in vain", "search=nobody%20at%20all&limit=50"),
      ("sorted by name", "order=descending&limit=50"),
      ("sorted by last change", "sort=changed&limit=50"),
    ] {
      let milliseconds = try #require(Double(try await browser.evaluate(Self.measure(query)) ?? ""))
      print("measured: 100,000 people, \(what): \(milliseconds) ms, \(Self.build)")
      // Far above what it takes, for slow machines and builds without optimisation.
      #expect(milliseconds < 3000 * Double(Patience.factor))
    }
    // Whoever types asks when they pause, and nothing moves under their eyes.
    _ = try await browser.evaluate(Self.watch)
    try await browser.tab(to: "Search by name")
    try await browser.type("person77777")
    try await browser.sees("1–1 of 1", in: ".count")
    try await browser.sees("person77777@contoso.example", in: "tbody")
    #expect(Int(try await browser.evaluate("seen.searches") ?? "") ?? .max <= 3)
    #expect(try await browser.evaluate("seen.columns.size") == "1", "widths of the table's columns")
  }

  /// The median of nine answers.
  private static func measure(_ query: String) -> String {
    """
    (async () => {
      const times = [];
      for (let i = 0; i < 9; i++) {
        const begun = performance.now();
        await (await fetch("/api/v1/people?\(query)")).json();
        times.push(performance.now() - begun);
      }
      return Math.round(times.sort((a, b) => a - b)[4]);
    })()
    """
  }
  private static let watch = """
    (() => {
      const seen = globalThis.seen = { searches: 0, columns: new Set() };
      const real = fetch;
      globalThis.fetch = (path, options) => {
        seen.searches += path.includes("search=") ? 1 : 0;
        return real(path, options);
      };
      const look = () => seen.columns.add([...document.querySelectorAll("thead th")].map((one) => one.offsetWidth).join());
      new MutationObserver(() => document.querySelector("thead") && look()).observe(
        document.getElementById("view"), { childList: true, subtree: true, characterData: true });
      look();
    })()
    """
  #if DEBUG
    private static let build = "without optimisation"
  #else
    private static let build = "optimised"
  #endif
}
