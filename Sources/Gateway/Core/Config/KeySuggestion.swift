// How a key that may be a mistake is shown, and what to suggest instead of it.

import PluginAPI

/// The key in quotes. `client_secret:hunter2` without a space is one key for YAML: what follows the colon may be a
/// secret, so it is left out.
func quoted(key: String) -> String { "\"\(shown(key: key))\"" }

func shown(key: String) -> String {
  guard let colon = key.firstIndex(of: ":") else { return printable(key, limit: 64) }
  return printable(String(key[..<colon]), limit: 64) + ":…"
}

/// ` (did you mean "x"?)` or nothing; a long word is not compared, because that takes time.
func near(_ word: String, in words: [String]) -> String {
  word.utf8.count <= 64 ? suggestion(for: word, in: words) : ""
}
