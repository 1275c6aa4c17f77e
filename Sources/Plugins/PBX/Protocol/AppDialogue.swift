// The dialling end of an App WebSocket, for one short errand: log in, ask, read the answer.

import PluginAPI

struct AppDialogue: Sendable {
  struct Failure: Error, Hashable {
    let reason: String
    /// Somebody who speaks the protocol said no.
    var isRefusal = false
  }
  /// For the whole errand.
  static let limit = Duration.seconds(10)
  /// What else may come before an answer does.
  private static let maxStray = 1000

  private let connection: any WebSocketConnection

  /// Dials, runs the errand and hangs up.
  static func run<Result: Sendable>(
    _ url: String, trust: String?, _ context: PluginContext,
    _ errand: @escaping @Sendable (AppDialogue) async throws -> Result
  ) async throws(Failure) -> Result {
    let connection: any WebSocketConnection
    do { connection = try await context.webSockets.connect(to: url, trust: trust) } catch {
      throw Failure(reason: error.description)
    }
    let outcome = await withTaskGroup(of: Swift.Result<Result, Failure>.self) { group in
      group.addTask {
        do { return .success(try await errand(AppDialogue(connection: connection))) } catch {
          return .failure(error as? Failure ?? Failure(reason: "the connection broke"))
        }
      }
      group.addTask {
        try? await context.clock.sleep(for: limit)
        return .failure(Failure(reason: "no answer within \(limit.configText)"))
      }
      let first = await group.next() ?? .failure(Failure(reason: "nothing happened"))
      group.cancelAll()
      await connection.close()
      return first
    }
    return try outcome.get()
  }

  /// `claims` is the login without its digest. (I) The vendor's newest client names the object with AppChallenge already.
  func logIn(_ claims: Outgoing, password: String, namesAppInChallenge: Bool = true) async throws {
    var greeting = Outgoing("AppChallenge")
    if namesAppInChallenge { greeting.appObj = claims.app }
    let challenge = try await ask(greeting, for: "AppChallengeResult").message.challenge
    guard let challenge, !challenge.isEmpty else { throw Failure(reason: "it sent no challenge") }
    var login = claims
    login.digest =
      LoginDigest(
        app: claims.app ?? "", domain: claims.domain ?? "", sip: claims.sip ?? "", guid: claims.guid ?? "",
        dn: claims.dn ?? "", challenge: challenge
      ).hex(password: password)
    let answer = try await ask(login, for: "AppLoginResult").message
    guard answer.ok else { throw Failure(reason: answer.failure ?? "login refused", isRefusal: true) }
  }

  /// The answer's text too, for what `Incoming` does not read.
  func ask(_ message: Outgoing, for answer: String) async throws -> (message: Incoming, text: [UInt8]) {
    guard let text = message.text else { throw Failure(reason: "\(message.mt) is too long") }
    return try await ask(text: text, for: answer)
  }

  func ask(text: [UInt8], for answer: String) async throws -> (message: Incoming, text: [UInt8]) {
    try await connection.send(text)
    for _ in 0..<Self.maxStray {
      guard let text = try await connection.receive() else { break }
      guard let message = Incoming(text) else { throw Failure(reason: "it does not speak the protocol") }
      if message.mt == answer { return (message, text) }
    }
    throw Failure(reason: "it hung up")
  }
}
