// Small writes wait here for a flush and share a record: a head, a body and an end make one packet, not
// three.

import NIOCore

/// Plaintext in the order of its writing, cut into records.
struct RecordQueue {
  struct Record {
    var bytes: ByteBuffer
    /// Of the writes whose last byte is in this record.
    var promises: [EventLoopPromise<Void>]
  }

  private var writes: CircularBuffer<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)> = []
  /// What is waiting; a write counts at least one byte, so that empty ones are bounded too.
  private(set) var load = 0

  var isEmpty: Bool { writes.isEmpty }

  mutating func append(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
    load += max(1, bytes.readableBytes)
    writes.append((bytes, promise))
  }

  /// The next record of at most `size` bytes. A large write is cut without copying.
  mutating func next(size: Int) -> Record? {
    guard let first = writes.first else { return nil }
    if first.bytes.readableBytes > size {
      load -= size
      return Record(bytes: writes[writes.startIndex].bytes.readSlice(length: size)!, promises: [])
    }
    var record = Record(bytes: first.bytes, promises: [])
    take(&record, copying: false)
    while let next = writes.first, record.bytes.readableBytes + next.bytes.readableBytes <= size {
      take(&record, copying: true)
    }
    return record
  }

  private mutating func take(_ record: inout Record, copying: Bool) {
    var (bytes, promise) = writes.removeFirst()
    load -= max(1, bytes.readableBytes)
    if copying { record.bytes.writeBuffer(&bytes) }
    if let promise { record.promises.append(promise) }
  }

  mutating func failAll(_ error: any Error) {
    let failed = writes
    writes = []
    load = 0
    for write in failed { write.promise?.fail(error) }
  }
}
