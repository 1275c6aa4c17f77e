// The contract of a connector: one small protocol, and one more for each ability it has.

/// A connector to one system. One instance for each entry under `plugins:` in `plugins.yaml`.
///
/// Life-cycle, in this order:
/// 1. `init` reads *all* options of the configuration and does no I/O, so that `check`, `plugins` and the JSON
///    schema work offline. A wrong option is recorded by the read itself, which then returns a stand-in value;
///    an instance with recorded errors is thrown away before anything else is called.
/// 2. `routes` (if any) are bound to the public listener before anything runs.
/// 3. `run`, `publishDirectory` and `stream` start together and live until they are cancelled. When one of them
///    throws, all are cancelled and, after a back-off, called again on the same instance: each must begin
///    from nothing. Returning early is fine, and means that there is nothing (more) to do.
/// 4. `poll` and `deliver` are called by the core at any time between, one call at a time unless the limits
///    allow more. They must be cancellable.
/// 5. At shutdown the sink first gets the clears that would otherwise go stale; then everything is cancelled.
public protocol Plugin: Sendable {
  /// The `type:` in `plugins.yaml`.
  static var type: String { get }
  /// One line for `presence-gateway plugins`.
  static var summary: String { get }
  /// Every metric that instances of this type make.
  static var metrics: [MetricDescription] { get }
  init(config: ConfigSection, context: PluginContext)
  /// Upkeep that belongs to no other ability.
  func run() async throws
  /// Somebody says that what was wrong has been mended: what was refused, and would be left alone for minutes or
  /// hours, is tried once more now. Such a try makes no later wait longer.
  func tryAgain() async
}

extension Plugin {
  public static var metrics: [MetricDescription] { [] }
  public func run() async throws {}
  public func tryAgain() async {}
}

/// Knows users.
public protocol DirectoryProvider: Plugin {
  /// By what its users may be known: `check` warns of a matching rule that fewer than two plugins can serve.
  static var identityKinds: Set<IdentityKind> { get }
  /// Publishes a snapshot, then changes as they come.
  func publishDirectory(to directory: any DirectoryInlet) async throws
}

extension DirectoryProvider {
  public static var identityKinds: Set<IdentityKind> { Set(IdentityKind.allCases) }
}

/// Can be asked for presence. The core owns the timetable: new people at once, everybody every `pollInterval`.
public protocol PollingSource: Plugin {
  var pollLimits: Limits { get }
  var pollInterval: Duration { get }
  /// The presence of these users now; a user the system does not know is left out.
  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent]
}

/// Reports presence by itself, through `context.inlet`.
public protocol StreamingSource: Plugin {
  /// Keeps the users of the roster watched until cancelled.
  func stream(_ roster: any Roster) async throws
}

/// Accepts presence.
public protocol PresenceSink: Plugin {
  var deliveryLimits: Limits { get }
  /// What this system would hold if asked for `presence`: its vocabulary, pure and idempotent. The core compares
  /// and stores held values only, so two presences that look the same here are never sent twice.
  func held(for presence: Presence) -> Presence
  /// The presences by which this system, as a source, would report back what we made it hold: an event equal to
  /// one of them is our echo. Empty for a system that tells who caused a state.
  func echoes(of held: Presence) -> [Presence]
  /// One outcome for each update, in the same order. Must be repeatable: after a lost answer it is called again.
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome]
}

/// Takes requests on the public listener.
public protocol RouteProviding: Plugin {
  /// Values: printed, checked for clashes and bound before the plugin runs.
  var routes: [WebRoute] { get }
}
