// Broken files, each with the exact messages it must give: `Cases/config/NAME.yaml` and `NAME.expected`.

import FoundationEssentials
import Gateway
import Testing

struct ConfigCasesTests {
  static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    .joined(separator: "/") + "/Cases/config"

  static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  @Test func thereAreManyCases() {
    #expect(Self.names.count >= 60)
  }

  @Test(arguments: names) func givesExactlyTheseMessages(_ name: String) throws {
    let bytes = Array(try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name).yaml")))
    let expected = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name).expected"))
    let loaded = ConfigTest.load(bytes)
    #expect(ConfigTest.report(loaded) == String(decoding: expected, as: UTF8.self))
    // An instance with recorded errors is thrown away, and so are the others.
    #expect(loaded.errors.isEmpty || loaded.plugins.isEmpty)
  }

  @Test(arguments: names) func noMessageHoldsASecret(_ name: String) throws {
    let bytes = Array(try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name).yaml")))
    let report = ConfigTest.report(ConfigTest.load(bytes))
    #expect(!report.contains("s3cret"))
    #expect(!report.contains("hunter"))
  }
}
