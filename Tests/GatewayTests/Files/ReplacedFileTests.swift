// A file that is replaced keeps its mode and its place behind a link, and nothing half-written is left.

import FoundationEssentials
import Testing

@testable import Gateway

@Suite struct ReplacedFileTests {
  @Test func modeAndLinkStay() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.path + "/replaced-\(UInt64.random(in: 0...UInt64.max))"
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(atPath: folder) }
    let (file, link) = ("\(folder)/real.csv", "\(folder)/link.csv")
    try Data("old".utf8).write(to: URL(filePath: file))
    try manager.setAttributes([.posixPermissions: 0o604], ofItemAtPath: file)
    try manager.createSymbolicLink(atPath: link, withDestinationPath: file)
    try ReplacedFile.write(Array("new".utf8), to: link)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
    #expect(try manager.destinationOfSymbolicLink(atPath: link) == file)
    let attributes = try manager.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o604)
    #expect(try manager.contentsOfDirectory(atPath: folder).sorted() == ["link.csv", "real.csv"])
  }

  @Test func whatCannotBeWrittenIsSaid() {
    #expect(throws: ReplacedFile.Failure.self) { try ReplacedFile.write([1], to: "/nowhere/at/all.csv") }
  }
}
