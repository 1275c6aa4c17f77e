// Everybody, copied from the core at one moment: for what takes longer than presence may wait.

import PluginAPI

/// Who is known at one moment. Everything in it goes by the same numbers of plugins.
struct DirectorySnapshot: Sendable {
  let generation: Int
  /// The ids, by number.
  let plugins: [String]
  let people: PeopleIndex
  let directories: [KnownUsers]
}
