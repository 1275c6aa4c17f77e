// Which route answers a path: built once from values, so that two plugins cannot take the same path
// unnoticed.

import PluginAPI

/// Two routes with one path, or a path that is none.
public struct WebRouteError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
}

public struct WebRouter: Sendable {
  private var routes: [String: (owner: String, route: WebRoute)] = [:]

  /// `internalRoutes` are the gateway's own; an empty router answers 404 to everything.
  public init(
    plugins: [(pluginID: String, route: WebRoute)] = [], internalRoutes: [WebRoute] = []
  ) throws(WebRouteError) {
    for route in internalRoutes { try add(route, of: "the gateway") }
    for (pluginID, route) in plugins { try add(route, of: "plugin \(pluginID)") }
  }

  /// Sorted: at most so many values a metric's `route` label has.
  public var paths: [String] { routes.keys.sorted() }

  func route(_ path: String) -> WebRoute? { routes[path]?.route }

  private mutating func add(_ route: WebRoute, of owner: String) throws(WebRouteError) {
    let isPath = route.path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") }
    guard route.path.hasPrefix("/"), isPath else {
      throw WebRouteError(
        description: "\(owner) serves \"\(route.path)\", which is no path: it must begin with /")
    }
    if let (other, _) = routes[route.path] {
      let text =
        other == owner
        ? "\(owner) serves \(route.path) twice" : "\(other) and \(owner) both serve \(route.path)"
      throw WebRouteError(description: text)
    }
    routes[route.path] = (owner, route)
  }
}
