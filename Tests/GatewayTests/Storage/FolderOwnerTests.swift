// What root makes beside a gateway of another user belongs to that user.

import FoundationEssentials
import Testing

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

struct FolderOwnerTests {
  private func owner(_ path: String) -> uid_t? {
    var facts = stat()
    return stat(path, &facts) == 0 ? facts.st_uid : nil
  }

  @Test func rootMakesTheStateFileForTheOwnerOfItsFolder() async throws {
    guard geteuid() == 0 else { return print("skipped: not root") }
    try await StateFileFixture.run { file in
      let folder = URL(filePath: file.path).deletingLastPathComponent().path()
      #expect(chown(folder, 4711, 4711) == 0)
      try await file.withStore { store in
        await store.set([1], for: .closed)
        for name in ["", "-wal", "-shm", ".lock"] { #expect(owner(file.path + name) == 4711, "\(name)") }
      }
    }
  }

  @Test func aFileThatIsThereKeepsItsOwner() async throws {
    guard geteuid() == 0 else { return print("skipped: not root") }
    try await StateFileFixture.run { file in
      try await file.withStore { _ in }
      #expect(chown(file.path, 4712, 4712) == 0)
      #expect(chown(URL(filePath: file.path).deletingLastPathComponent().path(), 4711, 4711) == 0)
      try await file.withStore { _ in #expect(owner(file.path) == 4712) }
    }
  }
}
