// Real Chromium with the admin page open, step by step: what a test does to the systems shows on the page as it is.

import Clients
import FoundationEssentials
import NIOCore
import Testing

import enum PluginTestKit.Patience

/// Steps go through files, because the page must stay open between them.
final class Browser {
  private struct Step: Encodable {
    var `do`: String
    var at: String?
    var text: String?
    var seconds: Int?
    var role: String?
    var exact: Bool?
    var scheme: String?
  }
  private struct Answer: Decodable {
    let error: String?
    let value: String?
  }
  private struct Findings: Decodable {
    /// Addresses asked for elsewhere than at the gateway.
    let foreign: [String]
    /// Errors and warnings on the console.
    let complaints: [String]
  }
  private let folder: String
  private var number = 0

  private init(_ folder: String) { self.folder = folder }

  /// Does nothing, with a line that says so, where Chromium or .venv is missing. Fails when the page asked anybody but
  /// the gateway, or complained on the console of anything but what is `expected`.
  static func run(
    port: Int, secure: Bool = false, certificate: (path: String, key: String)? = nil,
    expecting expected: [String] = [], _ body: (Browser) async throws -> Void
  ) async throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium") else {
      return print("skipped: the admin page needs chromium, which `Scripts/setup tests` installs")
    }
    guard let client = PythonClient("admin_page.py") else { return }
    let folder = try temporaryFolder("browser")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let base = secure ? "https://localhost:\(port)" : "http://127.0.0.1:\(port)"
    async let ended = client.run(
      [base, folder] + (certificate.map { [$0.path, $0.key] } ?? []), within: 400 * Patience.factor)
    let browser = Browser(folder)
    var failure: (any Error)?
    do { try await body(browser) } catch { failure = error }
    try browser.write(Step(do: "end"))
    let (_, output) = await ended
    if let failure { throw failure }
    let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("{") }, "\(output)")
    let findings = try JSONDecoder().decode(Findings.self, from: Data(line.utf8))
    #expect(findings.foreign == [])
    #expect(findings.complaints.filter { line in !expected.contains { line.contains($0) } } == [])
  }

  /// The App's page in a frame of a page that plays myApps, and the PBX that knows `password`; what is looked at
  /// from now on is in that frame.
  func openInMyApps(_ url: String, password: String, scheme: String = "light") async throws {
    try await perform(Step(do: "myapps", at: url, text: password, scheme: scheme))
  }
  func open(_ address: String) async throws { try await perform(Step(do: "open", at: address)) }
  /// Waits until the element (nil: the page) says so.
  func sees(_ text: String, in element: String? = nil, within seconds: Int = 20) async throws {
    try await perform(Step(do: "see", at: element, text: text, seconds: seconds))
  }
  func misses(_ text: String, in element: String? = nil, within seconds: Int = 20) async throws {
    try await perform(Step(do: "miss", at: element, text: text, seconds: seconds))
  }
  func counts(_ count: Int, of element: String) async throws {
    try await perform(Step(do: "count", at: element, text: "\(count)"))
  }
  func fill(_ label: String, _ text: String, exact: Bool = false) async throws {
    try await perform(Step(do: "fill", at: label, text: text, exact: exact))
  }
  func choose(_ label: String, _ value: String) async throws {
    try await perform(Step(do: "choose", at: label, text: value))
  }
  func click(_ name: String, role: String = "button", exact: Bool = false) async throws {
    try await perform(Step(do: "click", at: name, role: role, exact: exact))
  }
  /// From now on each answer begins so much later.
  func slow(milliseconds: Int) async throws { try await perform(Step(do: "slow", text: "\(milliseconds)")) }
  /// Waits until just so many requests with `path` in their address are under way.
  func isAsking(_ path: String, times: Int) async throws {
    try await perform(Step(do: "going", at: path, text: "\(times)"))
  }
  /// The next question of the page is answered with yes.
  func accept() async throws { try await perform(Step(do: "accept")) }
  /// Nothing that axe-core finds breaks WCAG 2.1 A and AA, light and dark, 1200 and 360 pixels wide.
  func isAccessible() async throws { try await perform(Step(do: "judge", seconds: 60)) }

  // MARK: By keyboard

  /// Tab, until what is named so has the focus; everything on the way shows that it has it.
  func tab(to name: String) async throws { try await perform(Step(do: "tab to", at: name)) }
  /// `name`: what has the focus then.
  func press(_ key: String, focuses name: String? = nil) async throws {
    try await perform(Step(do: "press", at: key))
    if let name { try await isFocused(name) }
  }
  func type(_ text: String) async throws { try await perform(Step(do: "type", text: text)) }
  func isFocused(_ name: String) async throws { try await perform(Step(do: "focused", at: name)) }
  func isTitled(_ title: String) async throws {
    try await perform(Step(do: "titled", at: "\(title) · Presence Gateway"))
  }

  func evaluate(_ script: String) async throws -> String? {
    try await perform(Step(do: "evaluate", at: script))
  }

  struct StepFailed: Error, CustomStringConvertible { let description: String }

  @discardableResult
  private func perform(_ step: Step) async throws -> String? {
    var step = step
    let patience = (step.seconds ?? 20) * Patience.factor
    step.seconds = patience
    try write(step)
    let path = "\(folder)/done-\(number).json"
    let deadline = NIODeadline.now() + .seconds(Int64(patience + 40))
    while !FileManager.default.fileExists(atPath: path) {
      guard NIODeadline.now() < deadline else { throw StepFailed(description: "the browser does not answer") }
      try await Task.sleep(for: .milliseconds(10))
    }
    let answer = try JSONDecoder().decode(Answer.self, from: try Data(contentsOf: URL(filePath: path)))
    if let error = answer.error { throw StepFailed(description: error) }
    return answer.value
  }

  private func write(_ step: Step) throws {
    number += 1
    let path = "\(folder)/step-\(number)"
    try JSONEncoder().encode(step).write(to: URL(filePath: "\(path).tmp"))
    try FileManager.default.moveItem(atPath: "\(path).tmp", toPath: "\(path).json")
  }
}
