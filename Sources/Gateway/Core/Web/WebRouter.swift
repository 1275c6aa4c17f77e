// Which route answers a path: built once from values, so that two plugins cannot take the same path
// unnoticed.

import PluginAPI

/// Two routes with one path, or a path that is none.
public struct WebRouteError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
}

public struct WebRouter: Sendable {
  enum Target: Sendable {
    case declared(WebRoute.Handler)
    /// By method.
    case own([String: InternalRoute.Handler])
  }
  struct Match {
    /// The path as declared: what metrics call the route.
    let label: String
    let target: Target
    var parameters: [String: String] = [:]
  }
  private var routes: [String: (owner: String, target: Target)] = [:]
  /// Those with parameters in their path, by its segments.
  private var patterns: [(segments: [Substring], label: String)] = []

  /// `internalRoutes` are the gateway's own; an empty router answers 404 to everything.
  public init(
    plugins: [(pluginID: String, route: WebRoute)] = [], internalRoutes: [InternalRoute] = []
  ) throws(WebRouteError) {
    for route in internalRoutes {
      try add(route.path, .own(route.handlers), of: "the gateway")
      if route.path.utf8.contains(UInt8(ascii: "{")) {
        patterns.append((route.path.split(separator: "/", omittingEmptySubsequences: false), route.path))
      }
    }
    for (id, route) in plugins { try add(route.path, .declared(route.handler), of: "plugin \(id)") }
  }

  /// Sorted: at most so many values a metric's `route` label has.
  public var paths: [String] { routes.keys.sorted() }

  func match(_ path: String) -> Match? {
    if let found = routes[path] { return Match(label: path, target: found.target) }
    if patterns.isEmpty { return nil }
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    for pattern in patterns {
      if let parameters = Self.parameters(segments, pattern.segments), let found = routes[pattern.label] {
        return Match(label: pattern.label, target: found.target, parameters: parameters)
      }
    }
    return nil
  }

  /// What stands where the pattern has `{name}`, decoded; nil when the path is another or no UTF-8.
  private static func parameters(_ path: [Substring], _ pattern: [Substring]) -> [String: String]? {
    guard path.count == pattern.count else { return nil }
    var parameters: [String: String] = [:]
    for (segment, expected) in zip(path, pattern) {
      if expected.first == "{" {
        guard !segment.isEmpty, let value = PercentCoding.decoded(segment) else { return nil }
        parameters[String(expected.dropFirst().dropLast())] = value
      } else if segment != expected {
        return nil
      }
    }
    return parameters
  }

  private mutating func add(_ path: String, _ target: Target, of owner: String) throws(WebRouteError) {
    let isPath = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") }
    guard path.hasPrefix("/"), isPath else {
      throw WebRouteError(description: "\(owner) serves \"\(path)\", which is no path: it must begin with /")
    }
    if let (other, _) = routes[path] {
      let text =
        other == owner ? "\(owner) serves \(path) twice" : "\(other) and \(owner) both serve \(path)"
      throw WebRouteError(description: text)
    }
    routes[path] = (owner, target)
  }
}
