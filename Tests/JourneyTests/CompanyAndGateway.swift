// What every journey has, wherever its gateway runs: a simulated company, and the gateway's admin listener to ask.

import FoundationEssentials
import Gateway
import NIOCore
import PluginAPI
import Sandbox
import Testing

import enum PluginTestKit.Patience

protocol CompanyAndGateway: Sendable {
  var company: SimulatedCompany { get }
  var adminPort: Int { get }
  var http: CurlClient { get }
  /// The gateway's configuration file, for tests to change.
  var config: String { get }
  /// What is told when something has not happened.
  func evidence() async -> String
}

struct NeverHappened: Error, CustomStringConvertible {
  let description: String
}

extension CompanyAndGateway {
  func evidence() async -> String { await status() }

  /// Waits for something that another task brings about; gives up after a minute, for slow machines.
  func until(
    _ what: String, within seconds: Int64 = 60, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = NIODeadline.now() + .seconds(seconds * Int64(Patience.factor))
    while NIODeadline.now() < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw NeverHappened(description: "\(what): not within \(seconds) s; \(await evidence())")
  }

  func untilReady() async throws {
    try await until("the gateway is ready") { await get("/readyz")?.status == 200 }
  }

  func get(_ path: String) async -> HTTPResponse? {
    try? await http.send(HTTPRequest("GET", "http://127.0.0.1:\(adminPort)\(path)"))
  }

  func status() async -> String { String(decoding: await get("/status.json")?.body ?? [], as: UTF8.self) }

  /// The sum of a metric over the series whose labels contain all of `labels`.
  func metric(_ name: String, _ labels: String...) async -> Double {
    let text = String(decoding: await get("/metrics")?.body ?? [], as: UTF8.self)
    return text.split(separator: "\n").filter { line in
      line.hasPrefix(name + "{") && labels.allSatisfy { line.contains($0) }
    }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
  }

  /// Replaces texts that stand once each in the configuration file, in one writing: it is looked at all the time.
  func rewrite(_ changes: [(old: String, new: String)]) throws {
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try text.rewriting(changes).write(toFile: config, atomically: true, encoding: .utf8)
  }
  func rewrite(_ old: String, _ new: String) throws { try rewrite([(old, new)]) }
  /// A file beside the configuration.
  func write(_ text: String, to name: String) throws {
    let folder = config.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  // MARK: The two sides

  func teams(_ person: Int) -> String { "\(company.graph.visiblePresence(of: person))" }
  /// What the PBX holds under our own contact, and whether with an alien call.
  func telephone(_ person: Int) async -> String {
    let name = company.population.people[person].sip
    let left = await company.pbx.leftovers(contact: "teams:")
    let words = left.entries.filter { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    return (words + left.alienCalls.filter { $0 == name }.map { _ in "call" }).joined(separator: " ")
  }
}
