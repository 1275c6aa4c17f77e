// What of a changed configuration counts as changed: what it says, not how it is written.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

struct ConfigReloadTests {
  private func node(_ text: String) throws -> YAMLNode {
    try #require(YAMLParser.parse(Array(text.utf8), file: "t.yaml").0)
  }

  @Test func theFingerprintIsOfWhatIsSaid() throws {
    let one = try node("a: 1\nb: [x, { c: d }] # nothing\n").fingerprint
    #expect(try node("b:\n  - x\n  - c: d\n\na: 1\n").fingerprint == one)
    for other in ["a: 2\nb: [x, { c: d }]", "a: 1\nb: [{ c: d }, x]", "a: 1", "a: 1\nb: [x, { c: d }]\ne: f"]
    {
      #expect(try node(other).fingerprint != one)
    }
    // A null is no text.
    #expect(try node("a: ~").fingerprint != node("a: '~'").fingerprint)
    #expect(try node("a: [bc]").fingerprint != node("a: [b, c]").fingerprint)
  }

  @Test func aPlaceIsFoundAsFarAsItIsWritten() throws {
    let node = try node("gateway:\n  admin:\n    listen: x\nroutes: []\n")
    #expect(node.place(of: "gateway.admin.listen") == .init(line: 3, column: 13))
    #expect(node.place(of: "gateway.admin.other") == .init(line: 2, column: 3))
    #expect(node.place(of: "nothing") == .init(line: 1, column: 1))
  }

  @Test func aFileIsReadOnceItHasSettled() {
    var settling = ConfigWatch.Settling([1])
    // The same · it may still be written · it is · it is done · it was read already · it is being replaced ·
    // it is the same again · it is another one.
    let looks = [[1], [2], [3], [3], [3], [], [], [3], [3], [4], [4]]
    let reads = looks.map { settling.hasChanged($0) }
    #expect(reads == [false, false, false, true, false, false, false, false, false, false, true])
  }

  @Test func aMissingFileBesideTheConfigurationIsAChangeToo() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("watch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["plugins.yaml", "people.csv"].map { folder.appendingPathComponent($0).path }
    for file in files { #expect(FileManager.default.createFile(atPath: file, contents: Data("a".utf8))) }
    let watch = ConfigWatch(files: { files }, clock: ManualClock())
    let both = watch.look()
    try FileManager.default.removeItem(atPath: files[1])
    #expect(watch.look().count > 1 && watch.look() != both)
    // Without the configuration itself there is nothing to read yet.
    try FileManager.default.removeItem(atPath: files[0])
    #expect(watch.look() == [])
  }

  @Test func theIdOfTheGatewayItselfIsNoPlugins() {
    let text = "plugins: { gateway: { type: source } }\nroutes: []\n"
    #expect(
      ConfigTest.load(text).errors.map(\.message)
        .contains("this id is the gateway's own, under which its own check marks stand"))
  }
}
