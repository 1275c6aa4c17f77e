// Where a connector stands in the repository: its folder has the name of its module.

import PluginAPI

func folder(of type: any Plugin.Type) -> Substring {
  String(reflecting: type).prefix { $0 != "." }
}
