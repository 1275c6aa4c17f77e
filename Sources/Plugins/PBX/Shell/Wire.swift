// One WebSocket's three tasks: what comes in, what goes out in order, and the end.

import PluginAPI

/// What goes out: a message, or text that is composed already.
enum Letter: Sendable {
  case message(Outgoing)
  case text([UInt8])

  var text: [UInt8]? {
    switch self {
    case .message(let message): message.text
    case .text(let text): text
    }
  }
}

/// What had become of a connection when it ended.
enum Ending: Sendable {
  /// It was the connection of a PBX.
  case served
  /// The PBX said no to the login.
  case refused
  case broken
}

/// The way out to one peer: messages in order, bounded; a peer that does not read is cut off.
struct Wire: Sendable {
  /// Far above what paced requests and 64 writes in flight can fill.
  static let maxQueued = 4096
  /// How long a last message may take before the connection is closed over it.
  static let lastWords = Duration.seconds(2)

  private let outgoing: AsyncStream<Letter>.Continuation
  private let ending: AsyncStream<Void>.Continuation

  /// False when the queue is full: the peer has stopped reading.
  func send(_ letter: Letter) -> Bool {
    if case .dropped = outgoing.yield(letter) { return false }
    return true
  }

  /// Sends what is queued, then closes.
  func close() {
    outgoing.finish()
    ending.yield()
    ending.finish()
  }

  /// Lives as long as the connection.
  @discardableResult static func serve(
    _ connection: any WebSocketConnection, switchboard: Switchboard, clock: any GatewayClock,
    dialled: Dialled? = nil
  ) async -> Ending {
    let (messages, outgoing) = AsyncStream.makeStream(
      of: Letter.self, bufferingPolicy: .bufferingOldest(maxQueued))
    let (endings, ending) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let wire = Wire(outgoing: outgoing, ending: ending)
    let address = connection.remoteAddress
    let id = await switchboard.opened(wire, address: address, dialled: dialled)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          var firstWords = dialled == nil ? FirstWords() : nil
          while let text = try await connection.receive() {
            let moment = clock.now
            if firstWords?.admits(bytes: text.count) == false {
              await switchboard.refuse(.notAProtocol, id)
            } else if await switchboard.received(Incoming(text), on: id, at: moment) {
              firstWords = nil
            }
          }
        } catch {}
      }
      group.addTask {
        for await letter in messages {
          guard let text = letter.text else { continue }
          do { try await connection.send(text) } catch { break }
        }
        await connection.close()
      }
      group.addTask {
        for await _ in endings { try? await clock.sleep(for: lastWords) }
        await connection.close()
      }
      await group.next()
      group.cancelAll()
      await connection.close()
    }
    return await switchboard.closed(id)
  }
}
