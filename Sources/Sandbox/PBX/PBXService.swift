// One simulated PBX at work: it dials the gateway, stays connected, and dials again when the connection is
// lost.

import NIOCore
import NIOOpenSSL

/// Life-cycle: `init` reads the settings, `run` dials until its task is cancelled. What happens on the
/// connection is decided by `PBXSession`; who is on the phone by `PBXSystem`, which several PBXs share.
public struct PBXService: Sendable {
  public let settings: PBXSettings
  public let system: PBXSystem
  private let endpoint: WebSocketClientEndpoint
  private let trust: TLSClientContext?

  public struct BadURL: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: `BadURL` when the App object's URL cannot be dialled, or the error of the authorities' PEM
  ///   text.
  public init(_ settings: PBXSettings, in system: PBXSystem) throws {
    guard let endpoint = settings.dial?.endpoint else {
      throw BadURL(description: "not the URL of an App object: \(settings.appURL)")
    }
    self.settings = settings
    self.system = system
    self.endpoint = endpoint
    trust = endpoint.secure ? try TLSClientContext(trustPEM: settings.trustPEM) : nil
  }

  /// Dials and dials again; returns when the task is cancelled, with the connection closed.
  public func run() async {
    var redial = settings.redial
    while !Task.isCancelled {
      let logins = await system.status(of: settings.name).logins
      await connectOnce()
      if await system.status(of: settings.name).logins > logins { redial.reset() }
      try? await Task.sleep(for: redial.next())
    }
  }

  public func status() async -> PBXStatus { await system.status(of: settings.name) }
  public func setFaults(_ faults: PBXFaults) async { await system.setFaults(of: settings.name, faults) }
  public func dropConnections() async { await system.dropConnections(of: settings.name) }

  private func connectOnce() async {
    await system.noteDial(settings.name)
    let events = PBXSocket(settings: settings, system: system)
    do {
      let connection = try await WebSocketClient.connect(
        to: endpoint, trust: trust, fragmentation: settings.fragmentation,
        ping: TimeAmount(settings.keepAlive),
        on: system.eventLoop, events: events)
      await withTaskCancellationHandler {
        await connection.untilClosed()
      } onCancel: {
        connection.close(reason: "the PBX is switched off")
      }
    } catch {
      await system.noteFailure(settings.name, "cannot connect: \(error)")
    }
  }
}
