// How writes are cut into records and records into promises.

import NIOCore
import NIOPosix
import Testing

@testable import NIOOpenSSL

struct RecordQueueTests {
  private func records(_ writes: [String], size: Int) -> [String] {
    var queue = RecordQueue()
    for write in writes { queue.append(ByteBuffer(string: write), nil) }
    var records: [String] = []
    while let record = queue.next(size: size) { records.append(String(buffer: record.bytes)) }
    #expect(queue.isEmpty)
    #expect(queue.load == 0)
    return records
  }

  @Test func smallWritesShareARecord() {
    #expect(records(["head", "body", "end"], size: 16) == ["headbodyend"])
    #expect(records(["head", "body", "end"], size: 8) == ["headbody", "end"])
    #expect(records(["head", "", "end"], size: 8) == ["headend"])
  }

  @Test func largeWritesAreCut() {
    #expect(records(["0123456789"], size: 4) == ["0123", "4567", "89"])
    #expect(records(["0123456789", "ab", "c"], size: 4) == ["0123", "4567", "89ab", "c"])
    #expect(records(["0123"], size: 4) == ["0123"])
  }

  @Test func emptyWritesStillMakeARecordForTheirPromise() {
    #expect(records([""], size: 4) == [""])
    #expect(records([], size: 4) == [])
  }

  @Test func aPromiseBelongsToTheRecordOfItsLastByte() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let promises = (0..<3).map { _ in loop.makePromise(of: Void.self) }
    var queue = RecordQueue()
    queue.append(ByteBuffer(string: "012345"), promises[0])
    queue.append(ByteBuffer(string: "a"), promises[1])
    queue.append(ByteBuffer(string: ""), promises[2])
    #expect(queue.load == 8)
    #expect(queue.next(size: 4)?.promises.count == 0)
    #expect(queue.next(size: 4)?.promises.count == 3)
    for promise in promises { promise.succeed() }
  }

  @Test func whatIsLeftFails() async throws {
    let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
    var queue = RecordQueue()
    queue.append(ByteBuffer(string: "x"), promise)
    queue.failAll(ChannelError.eof)
    #expect(queue.isEmpty)
    await #expect(throws: ChannelError.eof) { try await promise.futureResult.get() }
  }
}
