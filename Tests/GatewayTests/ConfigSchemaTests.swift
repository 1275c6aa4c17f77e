// One declaration of an option feeds the listing, the README table and the JSON schema.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct ConfigSchemaTests {
  private let listing = """
    chat: A chat system, for tests
      tenant: text (required)
          The tenant's id
      retries: 1…10 (3)
          How often it is tried
      enabled: true | false (true)
          Whether it is used
      mode: subscribe | poll | auto (subscribe)
          How changes are found
      renew_every: time, 1s…1h (10min)
          How often it is renewed
      address: address
          Where it is
      trust: file
          PEM file with authorities
      words: list of texts ([a, b])
          Some words
      names: mapping of texts
          Some names
      token: env:NAME or file:PATH (required)
          The access token
      backup: env:NAME or file:PATH
          Another token
      accounts[]: list
          Reading accounts
      accounts[].username: text
          The account's name
      accounts[].password: env:NAME or file:PATH
          The account's password
      write.client_id: text (required)
          Who writes
      write.updates_per_second: 1…1000 (20)
          How fast
      cloud: text (global)
          A word, or hosts
      cloud.login: text (required)
          The login host
      poll_list: text
          Which list is polled

    """

  @Test func everyOptionIsListedInTheOrderOfReading() {
    #expect(OptionTable.text(for: ConfigChat.self) == listing)
  }

  @Test func theTableIsMarkdown() {
    let lines = OptionTable.markdown(for: ConfigChat.self).split(separator: "\n")
    #expect(lines[0] == "| option | value | default | meaning |")
    #expect(lines[2] == "| `tenant` | text | required | The tenant's id |")
    #expect(lines[5] == "| `mode` | subscribe \\| poll \\| auto | subscribe | How changes are found |")
    #expect(lines[7] == "| `address` | address | – | Where it is |")
  }

  @Test func theGatewaysOwnOptionsAreListed() {
    let options = OptionTable.rows(gatewayOptions()).map(\.option)
    // What stands deeper in a route is listed once for each form it may have.
    let listed = options.filter {
      !$0.hasPrefix("routes[].") || !$0.dropFirst("routes[].".count).contains(".")
    }
    #expect(
      listed == [
        "gateway.public.listen", "gateway.public.url", "gateway.public.tls.certificate",
        "gateway.public.tls.key", "gateway.public.trusted_proxies", "gateway.admin.listen",
        "gateway.admin.password",
        "gateway.admin.hosts", "gateway.admin.trusted_proxies", "gateway.admin.protect_metrics",
        "gateway.admin.tls.certificate",
        "gateway.admin.tls.key", "gateway.admin.tls.client_ca", "gateway.state", "gateway.secrets_key",
        "gateway.previous_secrets_keys",
        "gateway.on_stop",
        "gateway.log.level", "gateway.log.privacy", "gateway.log.levels", "people.match", "people.overrides",
        "merge", "routes[]", "routes[].from", "routes[].to", "routes[].priority", "routes[].map",
        "routes[].rules[]", "routes[].hold", "routes[].min_interval",
      ])
    for option in ["rules[].when.note", "rules[].then", "only.groups", "except.people", "hours.zone"] {
      #expect(options.contains("routes[].\(option)"))
    }
  }

  @Test func theSchemaIsTheSameEachTime() {
    #expect(SchemaWriter.schema(for: ConfigTest.types) == SchemaWriter.schema(for: ConfigTest.types))
  }

  @Test func theSchemaSaysWhatTheReaderSays() throws {
    let schema = SchemaWriter.schema(for: ConfigTest.types)
    struct Anything: Decodable {}
    _ = try JSONDecoder().decode(Anything.self, from: Data(schema.utf8))
    for text in [
      #""required": ["routes", "plugins"]"#,
      #""required": ["tenant", "token", "write"]"#,
      #""default": 3,"#,
      #"{ "type": "integer", "minimum": 1, "maximum": 10 }"#,
      #"{ "enum": ["subscribe", "poll", "auto"] }"#,
      #""default": ["a", "b"],"#,
      #""description": "The tenant's id""#,
      #""type": { "enum": ["chat", "sensor", "lamp"] }"#,
      ##""then": { "$ref": "#/$defs/lamp" }"##,
    ] {
      #expect(schema.contains(text), "\(text)")
    }
  }

  @Test func textIsEscapedAsJSON() {
    let value: JSONText = ["a\"\\": .array([.string("\n\u{1}ü"), .int(-1), .bool(false), .object([])])]
    #expect(value.written() == #"{ "a\"\\": ["\n\u0001ü", -1, false, {}] }"#)
  }
}
