// What a good file becomes: values, defaults, instances.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct ConfigGatewayTests {
  private let smallest = "plugins: {}\nroutes: []\n"

  @Test func whatIsLeftOutHasItsDefault() {
    let loaded = ConfigTest.load(smallest, directory: "/etc/presence")
    #expect(loaded.errors == [])
    let config = loaded.config
    #expect(
      config.publicListener == .init(listen: ListenAddress(host: "0.0.0.0", port: 8443), url: nil, tls: nil))
    #expect(config.admin.listen == ListenAddress(host: "127.0.0.1", port: 9090))
    #expect(config.store == .sqlite(path: "/etc/presence/presence-gateway.db"))
    #expect(config.log.level == .info)
    #expect(config.people == .init(match: [.email, .upn]))
    #expect(config.plugins == [] && config.routes == [])
  }

  @Test func whatIsWrittenCounts() throws {
    let loaded = ConfigTest.load(
      """
      gateway:
        public:
          listen: gateway.example.com:443
          url: https://presence.example.com/
          tls: { certificate: file:tls/chain.pem, key: /run/key.pem }
        admin: { listen: "[::1]:9091" }
        state: memory
        log: { level: debug }
      plugins:
        office: { type: sensor }
        chat: { type: chat, tenant: contoso, token: env:TOKEN, write: { client_id: w }, trust: ca.pem, cloud: dod }
        door: { type: lamp }
      people:
        match: [number, name]
      routes:
        - { from: office, to: chat, priority: -5 }
        - { from: chat, to: door, map: { lunch: beRightBack } }
        - { from: office, to: door }
      """, directory: "conf")
    #expect(loaded.errors == [])
    let config = loaded.config
    #expect(
      config.publicListener
        == .init(
          listen: ListenAddress(host: "gateway.example.com", port: 443), url: "https://presence.example.com",
          tls: .init(certificate: "conf/tls/chain.pem", key: "/run/key.pem")))
    #expect(config.admin.listen == ListenAddress(host: "::1", port: 9091))
    #expect(config.admin.listen.description == "[::1]:9091")
    #expect(config.store == .memory)
    #expect(config.log.level == .debug)
    #expect(config.people == .init(match: [.number, .name]))
    #expect(config.plugins.map(\.id) == ["office", "chat", "door"])
    #expect(config.plugins.map(\.type) == ["sensor", "chat", "lamp"])
    #expect(config.routes.map(\.priority) == [-5, 0, 0])
    #expect(config.routes[1].map == RouteMap(["lunch": "beRightBack"]))
    let chat = try #require(loaded.plugins["chat"] as? ConfigChat)
    #expect(chat.id == "chat" && chat.trust == "conf/ca.pem" && chat.cloud == "dod")
    // What the file says about the gateway reaches the plugins.
    #expect(chat.publicURL == "https://presence.example.com")
  }

  @Test func emptyTLSFilesAreNoTLS() {
    let text = "gateway: { public: { tls: { certificate: '${NO:-}', key: '${NO:-}' } } }\n" + smallest
    #expect(ConfigTest.load(text).errors == [])
    #expect(ConfigTest.load(text).config.publicListener.tls == nil)
  }

  @Test func anEmptySectionIsAsIfLeftOut() {
    let loaded = ConfigTest.load("gateway:\n  public:\n  log:\npeople:\n" + smallest)
    #expect(loaded.errors == [])
    #expect(loaded.config.people.match == [.email, .upn])
  }

  @Test func mergeKeysShareOptions() throws {
    let loaded = ConfigTest.load(
      """
      x-chat: &chat
        type: chat
        token: env:TOKEN
        retries: 9
        write: { client_id: shared }
      plugins:
        one: { <<: *chat, tenant: a }
        two: { <<: *chat, tenant: b, retries: 2 }
      routes: [{ from: one, to: two }]
      """)
    #expect(loaded.errors == [])
    let one = try #require(loaded.plugins["one"] as? ConfigChat)
    let two = try #require(loaded.plugins["two"] as? ConfigChat)
    #expect((one.tenant, one.retries, one.clientID) == ("a", 9, "shared"))
    #expect((two.tenant, two.retries, two.clientID) == ("b", 2, "shared"))
  }

  @Test func anOptionThatAnotherModeReadsIsNoUnknownKey() {
    let loaded = ConfigTest.load(
      """
      plugins:
        chat: { type: chat, tenant: a, token: env:TOKEN, write: { client_id: w }, poll_list: all }
      routes: []
      """)
    #expect(loaded.errors == [])
  }

  @Test(
    arguments: [
      ("0.0.0.0:0", "0.0.0.0:0"), ("localhost:80", "localhost:80"), ("[::]:8443", "[::]:8443"),
      ("[fe80::1%eth0]:1", nil), ("[::ffff:1.2.3.4]:65535", "[::ffff:1.2.3.4]:65535"), (":80", nil),
      ("80", nil),
      ("host:", nil), ("host:+8", nil), ("host:65536", nil), ("host:٣", nil), ("::1:80", nil), ("[]:80", nil),
      ("a b:80", nil), ("[127.0.0.1]:80", nil), ("http://host:80", nil),
    ] as [(String, String?)]) func listenAddresses(_ text: String, _ expected: String?)
  {
    #expect(ListenAddress(text)?.description == expected)
  }

  @Test func aFileThatIsNotThereIsAnError() {
    let loaded = GatewayConfig.load(
      path: "/nowhere/plugins.yaml", environment: [:], types: ConfigTest.types)
    #expect(
      loaded.errors.map(\.description) == [
        "/nowhere/plugins.yaml:1:1: file /nowhere/plugins.yaml cannot be read: No such file or directory"
      ])
  }

  @Test func theFilesFolderIsWhereItsPathsStart() throws {
    let folder =
      FileManager.default.temporaryDirectory.path + "/presence-config-\(UInt64.random(in: 0...(.max)))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(smallest.utf8).write(to: URL(filePath: folder + "/plugins.yaml"))
    let loaded = GatewayConfig.load(
      path: folder + "/plugins.yaml", environment: [:], types: [])
    #expect(loaded.errors == [])
    #expect(loaded.config.store == .sqlite(path: folder + "/presence-gateway.db"))
  }
}
