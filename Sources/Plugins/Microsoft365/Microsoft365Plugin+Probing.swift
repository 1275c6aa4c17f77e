// The links to Microsoft, tried for `presence-gateway doctor`.

import PluginAPI

extension Microsoft365Plugin: Probing {
  public func probe(_ tell: @escaping @Sendable (ProbeResult) -> Void) async {
    await TenantProbe(options: options, context: context, wiring: wiring).run(tell)
  }
}
