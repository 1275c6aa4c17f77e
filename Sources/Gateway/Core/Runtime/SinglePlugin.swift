// One plugin of a configuration on its own, for commands: the real network and the real state file, beside a gateway
// that may be running.

import Logging
import PluginAPI

public struct SinglePlugin: Sendable {
  public enum Failure: Error, CustomStringConvertible {
    case configuration([ConfigProblem])
    case unknown(id: String, known: [String])
    case cannotOpen(String)

    public var description: String {
      switch self {
      case .configuration(let problems): problems.map(\.description).joined(separator: "\n")
      case .unknown(let id, let known):
        "there is no plugin \(id)\(suggestion(for: id, in: known)); there are: \(known.joined(separator: ", "))"
      case .cannotOpen(let reason): reason
      }
    }
  }

  public let plugin: any Plugin
  private let store: (any StateStore)?
  private let http: CurlClient

  /// For signing an account in: what speaks against that is told before the state file is opened. Secrets that cannot be
  /// read are no obstacle: another plugin may need them.
  public init(
    id: String, config path: String, environment: [String: String], types: [any Plugin.Type], logger: Logger
  ) throws(Failure) {
    let offline = GatewayConfig.load(
      path: path, environment: environment, types: types)
    guard offline.errors.isEmpty else { throw .configuration(offline.errors) }
    let known = offline.config.plugins.map(\.id)
    guard known.contains(id) else { throw .unknown(id: id, known: known) }
    guard offline.config.store != .memory else {
      throw .cannotOpen("gateway.state is memory: nothing can be kept there")
    }
    guard offline.plugins[id] is any AccountHolding else { throw .cannotOpen("\(id) has no accounts") }
    guard offline.config.secretsKeys.current != nil else {
      throw .cannotOpen(
        "a sign-in is kept encrypted only: set gateway.secrets_key to env:NAME or file:PATH with a key that "
          + "`presence-gateway state new-key` prints")
    }
    let states: StateFolder
    do { states = try StateFolder(offline.config, logger: logger, asGuest: true) } catch {
      throw .cannotOpen("\(error)")
    }
    let http = CurlClient()
    let loaded = GatewayConfig.load(path: path, environment: environment, types: types) { id in
      OfflineContext.context(
        id: id, clock: SystemClock(), state: states.state(of: id), http: http,
        webSockets: WebSocketClient())
    }
    guard let plugin = loaded.plugins[id] else { throw .configuration(loaded.errors) }
    self.plugin = plugin
    self.http = http
    store = states.store
  }

  /// The only plugin of that type, or the one with that id among them; it remembers nothing.
  public init(
    ofType type: String, id: String?, config path: String, environment: [String: String],
    types: [any Plugin.Type]
  ) throws(Failure) {
    let http = CurlClient()
    let loaded = GatewayConfig.load(path: path, environment: environment, types: types) { id in
      OfflineContext.context(
        id: id, clock: SystemClock(), state: VolatileState(), http: http, webSockets: WebSocketClient())
    }
    guard loaded.errors.isEmpty else { throw .configuration(loaded.errors) }
    let known = loaded.config.plugins.filter { $0.type == type }.map(\.id)
    guard let only = id ?? (known.count == 1 ? known[0] : nil), known.contains(only),
      let plugin = loaded.plugins[only]
    else { throw .unknown(id: id ?? "of type \(type) to choose by itself", known: known) }
    self.plugin = plugin
    self.http = http
    store = nil
  }

  public func close() async {
    await http.shutdown(grace: .seconds(1))
    await store?.close()
  }
}
