// Between a socket and the PBXs behind it.

/// Carries what happens on the socket to the system, on the event loop both live on.
/// `@unchecked`: `number` is touched on that event loop only.
final class PBXSocket: WebSocketEvents, @unchecked Sendable {
  private let settings: PBXSettings
  private let system: PBXSystem
  /// Whether the gateway dialled.
  private let isDialled: Bool
  private var number: Int?

  init(settings: PBXSettings, system: PBXSystem, isDialled: Bool = false) {
    self.isDialled = isDialled
    self.settings = settings
    self.system = system
  }

  func opened(_ connection: OpenWebSocket) {
    number = system.assumeIsolated { $0.open(settings, isDialled: isDialled, line: connection) }
  }
  func received(_ text: String) {
    guard let number else { return }
    system.assumeIsolated { $0.receive(text, on: number) }
  }
  func refused(_ reason: String) { system.assumeIsolated { $0.refuse(reason) } }
  func ticked() {
    guard let number else { return }
    system.assumeIsolated { $0.tick(number) }
  }
  func closed(_ reason: String) {
    guard let number else { return }
    system.assumeIsolated { $0.closed(number, reason: reason) }
    self.number = nil
  }
}

extension OpenWebSocket: PBXLine {}
