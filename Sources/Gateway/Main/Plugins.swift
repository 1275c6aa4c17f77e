// THE list of connectors in this binary. A new one is imported and named here; only a command of its own, such as
// `pbx`, needs it elsewhere.

import Microsoft365
import PBX
import PluginAPI

let registeredPlugins: [any Plugin.Type] = [
  Microsoft365Plugin.self,
  PBXPlugin.self,
]
