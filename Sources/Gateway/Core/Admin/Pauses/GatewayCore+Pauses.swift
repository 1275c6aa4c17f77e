// Pauses as an administrator sets and sees them, and as they outlive the process; the engine says what they do.

import FoundationEssentials
import PluginAPI

extension GatewayCore {
  var pauses: [Pause] { engine.pauses }

  /// A pause of the same target is replaced. It is remembered over restarts.
  func pause(_ pause: Pause) {
    engine.setDate(clock.date, now: clock.now)
    carryOut(engine.pause(pause, now: clock.now))
  }
  func resume(_ target: Pause.Target) { carryOut(engine.resume(target, now: clock.now)) }

  private static let name = "pauses"

  /// Continues the pauses of an earlier run, and keeps them here from now on.
  func keepPauses(in memory: any PluginState) async {
    let bytes = await memory.value(Self.name)
    let known = bytes.flatMap { try? JSONDecoder().decode([Pause].self, from: Data($0)) } ?? []
    for pause in known { self.pause(pause) }
    pauseMemory = memory
  }

  /// The newest are written, whoever comes first.
  func rememberPauses() {
    guard let memory = pauseMemory else { return }
    run {
      let bytes = (try? JSONEncoder().encode(await self.pauses)).map { [UInt8]($0) }
      await memory.set(bytes, for: Self.name)
    }
  }

  var routes: [(from: String, to: String)] {
    engine.setup.routes.map { (engine.setup.plugins[$0.from].id, engine.setup.plugins[$0.to].id) }
  }

  /// A person has several users: a pause of another of them is replaced too.
  func pause(_ pause: Pause, insteadOf others: [Pause.Target]) {
    self.pause(pause)
    for target in others where target != pause.target { resume(target) }
  }

  /// Those that ended; none when nothing of the kind was on hold.
  func resume(anyOf targets: [Pause.Target]) -> [Pause] {
    let ended = pauses.filter { targets.contains($0.target) }
    for pause in ended { resume(pause.target) }
    return ended
  }

  /// Everything that is on hold now.
  func describePauses() -> [PauseJSON] { pauses.map { PauseJSON($0, name: name(of: $0.target)) } }

  /// An event for each pause that ran out; those that somebody ended are told as that.
  func notePauses(_ now: [Pause]) {
    for pause in toldPauses where !now.contains(where: { $0.target == pause.target }) {
      guard let until = pause.until, until <= clock.date else { continue }
      switch pause.target {
      case .route(let from, let to): events.append(.audit, .info, "pause is over: \(from) → \(to)")
      case .person(let plugin, let user):
        events.append(
          .audit, .info, "pause is over", plugin: plugin, user: user, name: name(of: pause.target))
      }
    }
    toldPauses = now
  }

  private func name(of target: Pause.Target) -> String {
    guard case .person(let plugin, let user) = target else { return "" }
    return name(of: user, in: plugin)
  }
  /// As the directory has it; the id of who has left it.
  func name(of user: UserID, in plugin: String) -> String {
    ids[plugin].flatMap { engine.directories[$0][user]?.displayName } ?? user.rawValue
  }
}
