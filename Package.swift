// swift-tools-version: 6.2
import PackageDescription

// Targets see only what they may: see ARCHITECTURE.md, "Fences".
let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOWebSocket", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let collections: [Target.Dependency] = ["DequeModule", "HeapModule", "OrderedCollections"]
  .map { .product(name: $0, package: "swift-collections") }

/// The connectors, and which of their files go into the binary.
let connectors: [(name: String, files: [String])] = [
  ("Microsoft365", []), ("PBX", ["Page/app.htm", "Page/app.css", "Page/app.js", "Page/app.png"]),
]

/// A connector: its folder under `Sources/Plugins`, its tests under `Tests`; of the gateway it sees the contract only.
func plugin(_ name: String, files: [String]) -> [Target] {
  [
    .target(
      name: name, dependencies: ["PluginAPI", "OpenSSLCrypto"], path: "Sources/Plugins/\(name)",
      exclude: ["README.md"], resources: files.map { .embedInCode($0) }),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.byName(name: name), "PluginAPI", "PluginTestKit", "OpenSSLCrypto"]),
  ]
}

let package = Package(
  name: "presence-gateway",
  products: [.executable(name: "presence-gateway", targets: ["presence-gateway"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CCurl", path: "Sources/CLibraries/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "COpenSSL", path: "Sources/CLibraries/COpenSSL", pkgConfig: "openssl",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CYaml", path: "Sources/CLibraries/CYaml", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "CSQLite", path: "Sources/CLibraries/CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"])]),

    .systemLibrary(name: "CMalloc", path: "Sources/CLibraries/CMalloc"),

    .target(name: "OpenSSLCrypto", dependencies: ["COpenSSL"], path: "Sources/Libraries/OpenSSLCrypto"),
    .target(
      name: "NIOOpenSSL", dependencies: ["COpenSSL", .product(name: "NIOCore", package: "swift-nio")],
      path: "Sources/Libraries/NIOOpenSSL"),
    .target(name: "PluginAPI", dependencies: [logging, metrics]),
    .target(name: "PluginTestKit", dependencies: ["PluginAPI", logging, metrics]),
    .target(
      name: "AdminPage", path: "Sources/Gateway/Page",
      resources: [
        "index.html", "page.css", "mark.svg", "openapi.json", "page.js", "dom.js", "api.js", "words.js",
        "login.js",
        "overview.js", "people.js", "person.js", "overrides.js", "pause.js", "retry.js", "accounts.js",
        "events.js",
        "configuration.js",
      ].map { .embedInCode($0) }),
    .target(
      name: "Gateway",
      dependencies: [
        "PluginAPI", "AdminPage", "OpenSSLCrypto", "NIOOpenSSL", "CCurl", "CYaml", "CSQLite", "CMalloc",
        logging, metrics,
      ] + nio + collections,
      path: "Sources/Gateway/Core"),
    .target(name: "Sandbox", dependencies: ["OpenSSLCrypto", "NIOOpenSSL"] + nio),
    .target(
      name: "Connectors", dependencies: ["PluginAPI"] + connectors.map { .byName(name: $0.name) },
      path: "Sources/Gateway/Connectors"),
    .executableTarget(
      name: "presence-gateway",
      dependencies: [
        "Gateway", "Connectors", "PBX", "Sandbox", "PluginAPI", "OpenSSLCrypto", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Sources/Gateway/Main"),

    .testTarget(name: "OpenSSLCryptoTests", dependencies: ["OpenSSLCrypto"]),
    .testTarget(name: "NIOOpenSSLTests", dependencies: ["NIOOpenSSL", "OpenSSLCrypto"] + nio),
    .testTarget(
      name: "GatewayTests",
      dependencies: ["Gateway", "PluginAPI", "PluginTestKit", "Clients", "OpenSSLCrypto", "NIOOpenSSL"] + nio
        + [.product(name: "NIOEmbedded", package: "swift-nio")],
      exclude: ["Cases"]),
    .target(name: "Clients", path: "Tests/Clients", exclude: ["README.md", "python"]),
    .testTarget(
      name: "SandboxTests", dependencies: ["Sandbox", "Clients", "OpenSSLCrypto", "NIOOpenSSL"] + nio),
    .testTarget(
      name: "JourneyTests",
      dependencies: [
        "Gateway", "Connectors", "Microsoft365", "PBX", "Sandbox", "Clients", "PluginAPI", "PluginTestKit",
        logging,
      ]),
  ] + connectors.flatMap(plugin),
  swiftLanguageModes: [.v6]
)

// It looks inside the engine, which only builds with `-enable-testing`: see Benchmarks/engine.
if Context.environment["ENGINE_BENCHMARK"] != nil {
  package.targets.append(
    .executableTarget(
      name: "engine-benchmark", dependencies: ["Gateway", "PluginAPI", "PluginTestKit", logging],
      path: "Benchmarks/EngineBenchmark"))
}

if Context.environment["CI"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
  }
}
