// What an administrator asks the core about single people, and tells it to leave alone for a while.

import FoundationEssentials
import PluginAPI

extension GatewayCore {
  func explain(_ query: String) -> PersonSearch { engine.explain(query, now: clock.now) }

  /// Nil when there is no such user.
  func story(of user: UserID, in id: String) -> PersonStory? {
    guard let plugin = ids[id], engine.directories[plugin][user] != nil else { return nil }
    return engine.story(of: user, in: plugin, now: clock.now)
  }

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
}
