// However a secret was written into the configuration, it is not shown; what is none stays readable.

import Testing

@testable import Gateway

@Suite struct SecretMaskTests {
  private func shown(_ text: String) -> String? {
    SecretMask.lines(of: Array(text.utf8), types: [ConfigChat.self])?.joined(separator: "\n")
  }

  /// `text` stands under a plugin of type chat.
  private func chat(_ text: String) -> String? {
    let head = "plugins:\n  chat:\n    type: chat\n"
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    return shown(head + lines.joined(separator: "\n")).map { shown in
      shown.dropFirst(head.count).split(separator: "\n", omittingEmptySubsequences: false)
        .map { String($0.dropFirst(4)) }.joined(separator: "\n")
    }
  }

  @Test(arguments: [
    ("token: hunter2", "token: •••"),
    ("token : hunter2", "token : •••"),
    ("token:\n  hunter2", "token:\n  •••"),
    ("\"token\": hunter2", "\"token\": •••"),
    ("token: \"hunter2, too\" # comment", "token: ••• # comment"),
    ("token: |\n  hunter2\n  and more\nmode: poll", "token: •••\n\n\nmode: poll"),
    ("token: \"hunter2\n  and more\"\nmode: poll", "token: •••\n\nmode: poll"),
    (
      "accounts: [{ username: ü, password: \"a,b\" }, { password: b }]",
      "accounts: [{ username: ü, password: ••• }, { password: ••• }]"
    ),
    ("tokn: hunter2\nold_passwords:\n- hunter2", "tokn: •••\nold_passwords:\n- •••"),
    ("token: ${TOKEN:-hunter2}", "token: •••"),
    ("token: env:hunter 2", "token: •••"),
    ("backup: &it hunter2\ntoken: *it", "backup: •••\ntoken: *it"),
    ("# token: hunter2", "# token: •••"),
    (
      "# old_passwords:\n#   - hunter2\n#   - env:OLD\n# mode: poll",
      "# old_passwords:\n#   - •••\n#   - env:OLD\n# mode: poll"
    ),
    ("# old_passwords: # two\n# - hunter2\n#\n# - \"b c\"", "# old_passwords: # two\n# - •••\n#\n# - \"•••"),
    ("# token: |\n#   hunter2\n#   and more\nmode: poll", "# token: •••\n#   •••\n#   •••\nmode: poll"),
    ("# The token:\n#   of the chat", "# The token:\n#   of the chat"),
    ("#- { username: x, \"password\" : hunter2 }", "#- { username: x, \"password\" : •••"),
    ("mode: poll # password: hunter2", "mode: poll # password: •••"),
    ("# - app-password: hunter2", "# - app-password: •••"),
    ("# token: env:TOKEN, old_token: hunter2", "# token: env:TOKEN, old_token: •••"),
    ("accounts: [{ password: a#b }] # none", "accounts: [{ password: ••• }] # none"),
  ]) func whateverItLooksLike(_ text: String, _ expected: String) {
    #expect(chat(text) == expected)
  }

  @Test(arguments: [
    "token: env:TOKEN\nbackup: file:token.txt", "token: ${TOKEN}\nbackup: ${BACKUP:-}",
    "backup: ${BACKUP:-file:token.txt}", "token:", "names: { token: bell, secret: x }", "tenant: contoso",
    "# token: ${TOKEN:-} or so", "mode: poll # tenant: env:TOKEN",
    "# token: env:TOKEN   # such as this\n# The token: what it is", "words: [password, token]",
  ]) func whatIsNoSecretStays(_ text: String) {
    #expect(chat(text) == text)
  }

  @Test func theGatewaysOwnOptionsToo() {
    #expect(
      shown(
        "gateway:\n  admin: { password: hunter2 }\n  previous_secrets_keys:\n  - hunter2\n  secrets_key: ${KEY:-}"
      )
        == "gateway:\n  admin: { password: ••• }\n  previous_secrets_keys:\n  - •••\n  secrets_key: ${KEY:-}")
    #expect(
      shown("x-all: &all { token: hunter2 }\nplugins: { chat: { type: chat, <<: *all } }")
        == "x-all: &all { token: ••• }\nplugins: { chat: { type: chat, <<: *all } }")
    #expect(
      shown("\u{FEFF}plugins: { other: { password: hunter2 } }") == "plugins: { other: { password: ••• } }")
  }

  @Test func theEndOfALineMayBeThatOfWindows() {
    #expect(
      shown("x-a: 1\r\n# token: hunter2\r\nplugins: {}\r\n") == "x-a: 1\n# token: •••\nplugins: {}\n")
  }

  @Test(arguments: [
    "token: hunter2\n  x: [", "token: a\ntoken: hunter2", "{ \"token:hunter2\" }", "token: \u{7}hunter2",
  ]) func ofWhatCannotBeReadNothingIsShown(_ text: String) {
    #expect(shown(text) == nil)
  }
}
