// A file that is replaced keeps its mode and its place behind a link, and nothing half-written is left.

import FoundationEssentials
import Testing

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

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
    let pipe = "\(folder)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: ReplacedFile.Failure.self, "what is no file stays what it is") {
      try ReplacedFile.write([1], to: pipe)
    }
    try ReplacedFile.write(Array("newer".utf8), to: link, mode: 0o600)
    let narrowed = try manager.attributesOfItem(atPath: file)
    #expect(narrowed[.posixPermissions] as? Int == 0o600)
  }

  @Test func theUmaskTakesNothingAwayAndTheOwnerStays() throws {
    let folder = try TestFolder.make("replaced")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/people.csv"
    try TestFolder.write("old", file)
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file)
    let isRoot = geteuid() == 0
    if isRoot { #expect(chown(file, 1234, 4321) == 0) }
    try ReplacedFile.write(Array("new".utf8), to: file)
    let attributes = try manager.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o666)
    if isRoot {
      #expect(attributes[.ownerAccountID] as? Int == 1234 && attributes[.groupOwnerAccountID] as? Int == 4321)
    }
  }

  @Test func manyAtOnceEachWriteAWholeFile() async throws {
    let folder = try TestFolder.make("replaced")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/people.csv"
    let texts = (0..<16).map { String(repeating: "\($0 % 10)", count: 50_000 + $0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for text in texts { group.addTask { try ReplacedFile.write(Array(text.utf8), to: file) } }
      try await group.waitForAll()
    }
    #expect(texts.contains(try String(contentsOfFile: file, encoding: .utf8)))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["people.csv"])
  }

  @Test func whatCannotBeWrittenIsSaid() {
    #expect(throws: ReplacedFile.Failure.self) { try ReplacedFile.write([1], to: "/nowhere/at/all.csv") }
  }
}
