// Who has which place and how much room on a listener, and who gives way: the rule behind `ConnectionRegistry`.

import NIOCore
import PluginAPI

struct ConnectionTable {
  typealias Control = ConnectionRegistry.Control
  private struct Connection {
    let peer: PeerAddress
    var control: Control?
    var standing = ConnectionRegistry.Standing.waiting
    /// The turn in which it came to stand so.
    var since: Int
    var bytes = 0
    /// It has been asked to give way, and has no place and no room any more, but still a socket.
    var isLeaving = false
  }
  private struct Share {
    var connections = 0
    var bytes = 0
  }
  /// Numbered: a plugin may work on for a connection whose channel is gone.
  private var connections: [Int: Connection] = [:]
  private var shares: [PeerAddress: Share] = [:]
  private var all = Share()
  /// Numbers connections and what they come to do.
  private var turn = 0
  private let limits: WebLimits
  var isDraining = false
  var emptyWaiters: [EventLoopPromise<Void>] = []

  init(_ limits: WebLimits) { self.limits = limits }

  var count: Int { connections.count }
  var controls: [Control] { connections.values.compactMap(\.control) }

  /// The new one's number, and whom to ask to give way.
  mutating func add(from peer: PeerAddress) -> (Result<Int, Refusal>, leaving: Control?) {
    if isDraining || connections.count >= limits.maxOpenConnections {
      return (.failure(.tooManyConnections), nil)
    }
    var leaving: Control?
    let isOwnFull =
      peer != .local && shares[peer, default: Share()].connections >= limits.maxConnectionsPerAddress
    if isOwnFull || all.connections >= limits.maxConnections {
      let peer = isOwnFull ? peer : nil
      guard
        let id = oldest(.ending, of: peer) ?? oldest(.waiting, of: peer) ?? oldest(.sending, of: peer)
      else {
        return (.failure(isOwnFull ? .tooManyFromAddress : .tooManyConnections), nil)
      }
      leaving = giveWay(id)
    }
    turn += 1
    connections[turn] = Connection(peer: peer, since: turn)
    count(Share(connections: 1), of: peer)
    return (.success(turn), leaving)
  }

  /// False: it is gone.
  mutating func setControl(_ control: @escaping Control, of id: Int) -> Bool {
    guard let index = connections.index(forKey: id) else { return false }
    connections.values[index].control = control
    return true
  }

  mutating func setStanding(_ standing: ConnectionRegistry.Standing, of id: Int) {
    guard let index = connections.index(forKey: id) else { return }
    turn += 1
    connections.values[index].standing = standing
    connections.values[index].since = turn
  }

  /// Who waits for the end of all.
  mutating func remove(_ id: Int) -> [EventLoopPromise<Void>] {
    leave(id)
    connections[id] = nil
    guard connections.isEmpty else { return [] }
    defer { emptyWaiters = [] }
    return emptyWaiters
  }

  mutating func reserve(_ bytes: Int, for id: Int) -> (isGranted: Bool, leaving: [Control]) {
    guard let index = connections.index(forKey: id), !connections.values[index].isLeaving else {
      return (false, [])
    }
    let peer = connections.values[index].peer
    var leaving: [Control] = []
    while true {
      let isOwnFull =
        peer != .local && shares[peer, default: Share()].bytes + bytes > limits.maxBufferedBytesPerAddress
      guard isOwnFull || all.bytes + bytes > limits.maxBufferedBytes else { break }
      guard let slowest = oldest(.sending, of: isOwnFull ? peer : nil, where: { $0.bytes > 0 }),
        slowest != id, let control = giveWay(slowest)
      else { return (false, leaving) }
      leaving.append(control)
    }
    connections[id]?.bytes += bytes
    count(Share(bytes: bytes), of: peer)
    return (true, leaving)
  }

  mutating func release(_ id: Int) {
    guard let index = connections.index(forKey: id), connections.values[index].bytes > 0 else { return }
    count(Share(bytes: -connections.values[index].bytes), of: connections.values[index].peer)
    connections.values[index].bytes = 0
  }

  private func oldest(
    _ standing: ConnectionRegistry.Standing, of peer: PeerAddress?,
    where isMeant: (Connection) -> Bool = { _ in true }
  ) -> Int? {
    var found: (id: Int, since: Int)?
    for (id, connection) in connections where connection.standing == standing {
      guard !connection.isLeaving, connection.control != nil, peer == nil || connection.peer == peer,
        isMeant(connection), connection.since < found?.since ?? .max
      else { continue }
      found = (id, connection.since)
    }
    return found?.id
  }

  private mutating func giveWay(_ id: Int) -> Control? {
    leave(id)
    connections[id]?.isLeaving = true
    return connections[id]?.control
  }

  /// Its place and its room are free.
  private mutating func leave(_ id: Int) {
    release(id)
    guard let connection = connections[id], !connection.isLeaving else { return }
    count(Share(connections: -1), of: connection.peer)
  }

  private mutating func count(_ change: Share, of peer: PeerAddress) {
    all.connections += change.connections
    all.bytes += change.bytes
    guard peer != .local else { return }
    shares[peer, default: Share()].connections += change.connections
    shares[peer, default: Share()].bytes += change.bytes
    if shares[peer]?.connections == 0, shares[peer]?.bytes == 0 { shares[peer] = nil }
  }
}
