// The links to the PBX, tried for `presence-gateway doctor`.

import PluginAPI

extension PBXPlugin: Probing {
  public func probe(_ tell: @escaping @Sendable (ProbeResult) -> Void) async {
    await AppProbe(options: options, context: context, switchboard: switchboard).run(tell)
  }
}
