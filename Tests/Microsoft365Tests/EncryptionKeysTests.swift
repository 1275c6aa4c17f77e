// The encryption keys: made once however many ask, kept across restarts, changed in time, and old ones kept as long as
// something can arrive under them.

import FoundationEssentials
import OpenSSLCrypto
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct EncryptionKeysTests {
  static func keys(_ kit: RecordingContext, made: EncryptionKey? = nil) -> EncryptionKeys {
    EncryptionKeys(pool: CryptoPool(threads: 2), context: kit.context(), made: made)
  }

  @Test func madeOnceForAllWhoAsk() async throws {
    let keys = Self.keys(RecordingContext())
    async let first = keys.current()
    async let second = keys.current()
    let (a, b) = try await (first, second)
    #expect(a.id == b.id)
    #expect(a.id.hasPrefix("presence-gateway-") && a.id.utf8.count <= 128)
    let certificate = try Certificate(der: try #require(Base64.decode(a.certificateText)))
    #expect(certificate.publicKey.rsaModulus == a.key.publicKey.rsaModulus)
    #expect(certificate.sha1Thumbprint == a.thumbprint)
  }

  @Test func foundByLabelOrThumbprint() async throws {
    let keys = Self.keys(RecordingContext(), made: .forTests)
    let key = EncryptionKey.forTests
    #expect(await keys.find(id: key.id, thumbprint: nil)?.id == key.id)
    #expect(await keys.find(id: "x", thumbprint: key.thumbprint.lowercased())?.id == key.id)
    #expect(await keys.find(id: "x", thumbprint: "x") == nil)
    #expect(await keys.find(id: nil, thumbprint: nil) == nil)
    #expect(await Self.keys(RecordingContext()).find(id: key.id, thumbprint: nil) == nil)
  }

  @Test func theNextLifeHasThem() async throws {
    let kit = RecordingContext()
    let made = try await Self.keys(kit).current()
    let next = RecordingContext(state: kit.state)
    #expect(await Self.keys(next).find(id: made.id, thumbprint: nil)?.thumbprint == made.thumbprint)
    #expect(try await Self.keys(next).current().id == made.id, "no other one is made")
    #expect(kit.state.values.isEmpty, "never in clear")
  }

  @Test func anOldOneIsReplacedInTimeAndKeptForLateNotifications() async throws {
    let kit = RecordingContext()
    // Certificates are valid from the real time on, the clock of the tests stands at another.
    let date = Date()
    kit.clock.advance(by: .seconds(date.timeIntervalSince(kit.clock.date)))
    let old = try EncryptionKey.generate(validDays: 20)
    let keys = Self.keys(kit, made: old)
    let new = try await keys.current()
    #expect(new.id != old.id, "less than thirty days are left")
    #expect(try await keys.current().id == new.id)
    await keys.tidy(used: [old.id, new.id])
    kit.clock.advance(by: .seconds(5 * 3600))
    await keys.tidy(used: [old.id, new.id])
    #expect(await keys.find(id: old.id, thumbprint: nil) != nil, "a subscription still uses it")
    await keys.tidy(used: [new.id])
    kit.clock.advance(by: .seconds(4 * 3600 - 1))
    await keys.tidy(used: [new.id])
    #expect(await keys.find(id: old.id, thumbprint: nil) != nil, "Microsoft repeats for four hours")
    kit.clock.advance(by: .seconds(2))
    await keys.tidy(used: [new.id])
    #expect(await keys.find(id: old.id, thumbprint: nil) == nil)
    #expect(await keys.find(id: new.id, thumbprint: nil) != nil)
  }
}
