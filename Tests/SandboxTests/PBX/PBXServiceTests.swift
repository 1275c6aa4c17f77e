// The PBX over real sockets: it dials in, proves its password, serves, and comes back after a loss.

import FoundationEssentials
import NIOCore
import NIOOpenSSL
import NIOPosix
import NIOWebSocket
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct PBXServiceTests {
  private let population = Population(count: 3, seed: 11)

  private struct Login: Decodable {
    var mt, sip, guid, dn, digest, domain, app: String
  }

  private func start(
    _ gateway: PBXGateway, scheme: String = "http", trustPEM: String? = nil,
    keepAlive: Duration = .seconds(30), book: LatencyBook = LatencyBook(people: 3)
  ) throws -> (service: PBXService, task: Task<Void, Never>) {
    var settings = PBXSettings(
      appURL: "\(scheme)://127.0.0.1:\(gateway.port)/contoso.example/microsoft365/innovaphone-microsoft365",
      password: "geheim", trustPEM: trustPEM)
    settings.keepAlive = keepAlive
    settings.redial = PBXRedial(first: .milliseconds(1), longest: .milliseconds(4))
    settings.fragmentation = WebSocketFragmentation(threshold: 100, every: 2, piece: 31)
    let system = PBXSystem(
      world: PBXWorld(population: population), observer: book,
      on: MultiThreadedEventLoopGroup.singleton.next())
    let service = try PBXService(settings, in: system)
    return (service, Task { await service.run() })
  }

  /// Answers the login, checking the digest over the raw text as a gateway must; false when it is wrong.
  private func logIn(_ call: PBXGatewayCall, password: String = "geheim") async throws -> Bool {
    #expect(await call.text() == #"{"mt":"AppChallenge"}"#)
    call.say(#"{"mt":"AppChallengeResult","challenge":"8184f7315578f35b"}"#)
    let text = try #require(await call.text())
    let login = try JSONDecoder().decode(Login.self, from: Data(text.utf8))
    let from = try #require(text.firstRange(of: #""info":"#)).upperBound
    let info = text[from...].dropLast()
    let hashed =
      "\(login.app):\(login.domain):\(login.sip):\(login.guid):\(login.dn)"
      + ":\(info):8184f7315578f35b:\(password)"
    let right = Hex.encode(Digest.sha256(Array(hashed.utf8))) == login.digest
    call.say(#"{"mt":"AppLoginResult","ok":\#(right)}"#)
    return right
  }

  @Test func aWholeConversationOverALoopbackSocket() async throws {
    let gateway = try await PBXGateway.listen()
    let book = LatencyBook(people: 3)
    let (service, task) = try start(gateway, book: book)
    let call = try #require(await gateway.call())
    #expect(call.uri == "/contoso.example/microsoft365")
    #expect(try await logIn(call))
    #expect(await call.text()?.hasPrefix(#"{"mt":"PbxInfo","domain":"contoso.example","pbx":"pbx""#) == true)

    let person = population.people[1]
    call.say(#"{"api":"PbxApi","mt":"SubscribePresence","sip":"\#(person.sip)","src":"p"}"#)
    for _ in 0..<3 { _ = await call.text() }
    await service.system.startCall(person: 1)
    #expect(await call.text()?.contains(#""activity":"on-the-phone""#) == true)
    call.say(
      #"{"api":"PbxApi","mt":"SetPresence","guid":"\#(person.pbxGUID)","#
        + #""contact":"teams:","activity":"dnd","src":"s"}"#
    )
    #expect(await call.text() == #"{"mt":"SetPresenceResult","src":"s","api":"PbxApi"}"#)
    #expect(await call.text()?.contains(#"{"contact":"teams:","status":"open","activity":"dnd"}"#) == true)
    #expect(book.figures().pbx.writes == 1)
    #expect(await service.status().loggedIn)

    task.cancel()
    await task.value
    #expect(await service.status().connected == false)
    await gateway.close()
  }

  @Test func largeMessagesComeInFragmentsNowAndThen() async throws {
    let gateway = try await PBXGateway.listen()
    let (_, task) = try start(gateway)
    let call = try #require(await gateway.call())
    #expect(try await logIn(call))
    _ = await call.text()
    var frames: [Int] = []
    for number in 0..<4 {
      call.say(
        #"{"api":"PbxApi","mt":"SubscribePresence","num":"100\#(number % 3)","src":"\#(number)"}"#)
      for _ in 0..<3 where number < 3 {
        if case .text(let text, let count)? = await call.next() {
          frames.append(count)
          #expect(count == 1 || count == (text.utf8.count + 30) / 31)
        }
      }
    }
    #expect(frames.contains(1))
    #expect(frames.contains { $0 > 3 })
    task.cancel()
    await task.value
    await gateway.close()
  }

  @Test func aWrongPasswordIsFoundOutAndDialledAgain() async throws {
    let gateway = try await PBXGateway.listen()
    let (service, task) = try start(gateway)
    var faults = PBXFaults()
    faults.wrongPassword = true
    let first = try #require(await gateway.call())
    #expect(try await logIn(first))
    #expect(await first.text()?.contains("PbxInfo") == true)
    await service.setFaults(faults)
    await service.dropConnections()
    let second = try #require(await gateway.call())
    #expect(try await logIn(second) == false)
    #expect(await second.next() == .end)
    await service.setFaults(PBXFaults())
    var call = try #require(await gateway.call())
    // A dial may have been under way when the password was put right.
    while try await !logIn(call) { call = try #require(await gateway.call()) }
    #expect(await call.text()?.contains("PbxInfo") == true)
    #expect(await service.status().logins == 2)
    task.cancel()
    await task.value
    await gateway.close()
  }

  @Test(arguments: [(16_385, "frame of more than 16384 bytes"), (0, "message of more than 65535 bytes")])
  func tooLargeIsRefusedWith1009(_ size: Int, _ reason: String) async throws {
    let gateway = try await PBXGateway.listen()
    let book = LatencyBook(people: 3)
    let (_, task) = try start(gateway, book: book)
    let call = try #require(await gateway.call())
    #expect(try await logIn(call))
    _ = await call.text()
    if size > 0 {
      call.send(.text, ByteBuffer(repeating: 0x20, count: size))
    } else {
      for part in 0..<5 {
        call.send(
          part == 0 ? .text : .continuation, ByteBuffer(repeating: 0x20, count: 16_384), fin: part == 4)
      }
    }
    #expect(await call.next() == .close(1009))
    #expect(await call.next() == .end)
    #expect(book.figures().refusals == [reason: 1])
    task.cancel()
    await task.value
    await gateway.close()
  }

  @Test func dialsAgainWhenTheGatewayRefuses() async throws {
    let refusing = try await PBXGateway.listen(refusing: true)
    let (service, task) = try start(refusing)
    for _ in 0..<3 { _ = await refusing.refusals.first { _ in true } }
    #expect(await service.status().lastFailure == "cannot connect: the server did not switch to WebSocket")
    #expect(await service.status().connected == false)
    task.cancel()
    await task.value
    await refusing.close()
  }

  /// This gateway answers no pings.
  @Test func aSilentGatewayIsGivenUpAndDialledAgain() async throws {
    let gateway = try await PBXGateway.listen()
    let (service, task) = try start(gateway, keepAlive: .milliseconds(20))
    let call = try #require(await gateway.call())
    while let heard = await call.next(), heard != .end {
      guard case .text(let text, _) = heard else { continue }
      if text.contains("AppChallenge") { call.say(#"{"mt":"AppChallengeResult","challenge":"1"}"#) }
      if text.contains("AppLogin") { call.say(#"{"mt":"AppLoginResult","ok":true}"#) }
    }
    #expect(await gateway.call() != nil)
    #expect(await service.status().lastFailure == "the gateway is silent")
    task.cancel()
    await task.value
    await gateway.close()
  }

  @Test func dialsOverTLSAndTrustsOnlyTheGivenAuthority() async throws {
    let key = try PrivateKey.generateEC()
    let authority = try Certificate.selfSigned(
      key: key, commonName: "Test CA", validDays: 2, isAuthority: true)
    let serverKey = try PrivateKey.generateEC()
    let server = try Certificate.issue(
      for: serverKey.publicKey, commonName: "127.0.0.1", hosts: ["127.0.0.1"], validDays: 1, by: authority,
      issuerKey: key)
    let gateway = try await PBXGateway.listen(
      tls: TLSServerContext(certificateChainPEM: server.pem, privateKeyPEM: serverKey.pem))
    let (service, task) = try start(gateway, scheme: "https", trustPEM: authority.pem)
    let call = try #require(await gateway.call())
    #expect(try await logIn(call))
    #expect(await call.text()?.contains("PbxInfo") == true)
    task.cancel()
    await task.value
    #expect(await service.status().logins == 1)

    let other = try Certificate.selfSigned(
      key: serverKey, commonName: "Other CA", validDays: 2, isAuthority: true)
    let endpoint = try #require(WebSocketClientEndpoint("wss://127.0.0.1:\(gateway.port)/a"))
    await #expect(throws: (any Error).self) {
      try await WebSocketClient.connect(
        to: endpoint, trust: TLSClientContext(trustPEM: other.pem),
        on: MultiThreadedEventLoopGroup.singleton.next(), events: NothingHappens())
    }
    await gateway.close()
  }
}

private struct NothingHappens: WebSocketEvents {
  func opened(_ connection: OpenWebSocket) { Issue.record("opened") }
  func received(_ text: String) { Issue.record("received") }
  func refused(_ reason: String) {}
  func ticked() {}
  func closed(_ reason: String) {}
}
