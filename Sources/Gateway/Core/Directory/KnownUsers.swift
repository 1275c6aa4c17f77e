// Everybody one plugin knows, by id.

import OrderedCollections
import PluginAPI

/// Ordered, because that keeps users side by side: a plain dictionary leaves a third of its large places empty.
typealias KnownUsers = OrderedDictionary<UserID, DirectoryUser>
