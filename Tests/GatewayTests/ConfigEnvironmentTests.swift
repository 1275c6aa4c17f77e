// Environment references as in a shell, in every scalar and never in a key.

import Testing

@testable import Gateway

struct ConfigEnvironmentTests {
  private let environment = ConfigEnvironment(["A": "one", "B_2": "two", "EMPTY": "", "HOSTILE": "${A}$$"])

  @Test(arguments: [
    ("plain", "plain"), ("${A}", "one"), ("x${A}-${B_2}y", "xone-twoy"), ("${A:-z}", "one"),
    ("${NO:-z}", "z"),
    ("${EMPTY:-z}", "z"), ("${EMPTY}", ""), ("${NO:-}", ""), ("${NO:-a:-b}", "a:-b"),
    ("${NO:-https://x.example:8443/y}", "https://x.example:8443/y"), ("${NO:-${B_2}}", "two"),
    ("${NO:-${NEITHER:-deep}}!", "deep!"), ("$$", "$"), ("$${A}", "${A}"), ("$$$${A}", "$${A}"),
    ("$$${A}", "$one"),
    ("pa$word", "pa$word"), ("$A", "$A"), ("5$", "5$"), ("a}b", "a}b"), ("${NO:-$$}", "$"),
    // What a variable holds is not read again.
    ("${HOSTILE}", "${A}$$"),
  ]) func expands(_ text: String, _ expected: String) throws {
    #expect(try environment.expand(text) == expected)
  }

  @Test func nestingIsBounded() {
    let text = String(repeating: "${N:-", count: 20) + String(repeating: "}", count: 20)
    let error = #expect(throws: ConfigEnvironment.Unusable.self) { try environment.expand(text) }
    #expect(error?.message == "nests ${…} deeper than 8 levels")
  }

  @Test func lengthIsBounded() {
    let long = ConfigEnvironment(["L": String(repeating: "x", count: 100_000)])
    let text = String(repeating: "${L}", count: 11)
    let error = #expect(throws: ConfigEnvironment.Unusable.self) { try long.expand(text) }
    #expect(error?.message == "expands to more than 1 MB")
  }

  @Test func valuesNeverPrint() {
    var text = "\(environment) \(String(reflecting: environment))"
    dump(environment, to: &text)
    #expect(!text.contains("one"))
  }

  @Test func everyScalarIsExpandedAndNoKey() throws {
    let loaded = ConfigTest.load(
      """
      plugins:
        chat:
          type: ${TYPE:-chat}
          tenant: "${TENANT}.example"
          token: ${REFERENCE}
          retries: ${RETRIES:-7}
          words: ["${TENANT}", '${NO:-}', "$${x}"]
          names: { "${TENANT}": "${TENANT}" }
          write: { client_id: 'a-${TENANT}' }
      routes: []
      """)
    #expect(loaded.errors == [])
    let chat = try #require(loaded.plugins["chat"] as? ConfigChat)
    #expect(chat.tenant == "contoso.example")
    #expect(chat.retries == 7)
    #expect(chat.words == ["contoso", "${x}"])
    #expect(chat.names == ["${TENANT}": "contoso"])
    #expect(chat.clientID == "a-contoso")
    #expect(try chat.token.reveal() == "s3cret-from-environment")
  }
}
