// THE list of connectors: for the program, the documents and the tests. A new one is imported and named here.

import Microsoft365
import PBX
import PluginAPI

public let registeredPlugins: [any Plugin.Type] = [
  Microsoft365Plugin.self,
  PBXPlugin.self,
]
