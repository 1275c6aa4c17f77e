// How the simulated systems report what passed over the wire, for the live table and the latency figures.

import NIOCore

public enum SandboxSide: String, Sendable, Hashable, CaseIterable { case teams, pbx }

public protocol SandboxObserver: Sendable {
  /// A simulated system told the gateway that a person's visible state changed to `state`.
  func sent(_ side: SandboxSide, person: Int, state: String, at: NIODeadline)
  /// A simulated system accepted a write of the gateway; `state` is the call in a short readable form,
  /// such as `setPresence Busy/InACall` or `teams: busy`.
  func accepted(_ side: SandboxSide, person: Int, state: String, at: NIODeadline)
  /// A simulated system dropped by itself what that write had made; writing it again is no repetition.
  func undone(_ side: SandboxSide, person: Int, state: String)
  /// A simulated system refused a request of the gateway.
  func refused(_ side: SandboxSide, reason: String)
}
