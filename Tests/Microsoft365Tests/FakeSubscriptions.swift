// Microsoft's subscriptions as the tests need them: the handshake while the request is under way, one for each
// account, expiry as asked, and notifications to whoever subscribed.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit

@testable import Microsoft365

final class FakeSubscriptions: Sendable {
  struct Made: Sendable {
    var id: String
    var account: String
    var resource: String
    var url: String
    var clientState: String
    var certificate: Certificate
    var certificateID: String
    var expires: String

    var users: [String] {
      resource.split(separator: "'").map(String.init).filter { $0.hasPrefix("u") }
    }
  }
  struct State {
    var made: [Made] = []
    var next = 1
    /// What a create or renewal answers instead of succeeding, first come first served.
    var createFaults: [Int] = []
    var renewFaults: [Int] = []
    var drafts: [[String: String]] = []
    var handler: (@Sendable (WebRequest) async -> WebResponse)?
    /// Microsoft's clock; nil: nobody looks at expiries.
    var date: (@Sendable () -> Date)?
    /// Certificate ids of renewals that brought one.
    var renewedTo: [String] = []
    var refusesNewCertificates = false
    /// Renewals succeed, and leave the certificate as it was.
    var ignoresNewCertificates = false
    /// What a deletion answers instead of succeeding, first come first served.
    var deleteFaults: [Int] = []
    /// Accounts that can no longer sign in.
    var dead: Set<String> = []
  }
  private struct Draft: Decodable {
    var changeType: String
    var notificationUrl: String
    var lifecycleNotificationUrl: String
    var resource: String
    var expirationDateTime: String
    var includeResourceData: Bool
    var encryptionCertificate: String
    var encryptionCertificateId: String
    var clientState: String
    var latestSupportedTlsVersion: String
  }
  let state = Locked(State())

  /// The account is disabled, and what it subscribed to ends.
  func kill(_ account: String) {
    state.withLock { state in
      state.dead.insert(account)
      state.made.removeAll { $0.account == account }
    }
  }
  func revive(_ account: String) { state.withLock { _ = $0.dead.remove(account) } }
  /// What a disabled account gets, whatever it asks for.
  func refusal(_ request: HTTPRequest) -> HTTPResponse? {
    let dead = state.withLock { $0.dead }
    if request.url.hasSuffix("/token") {
      guard let name = queryValue("username", in: request.text), dead.contains(name) else { return nil }
      return .json(
        #"{"error":"invalid_grant","error_codes":[50057],"error_description":"AADSTS50057: disabled"}"#,
        status: 400)
    }
    let token = request.header("Authorization").map { String($0.dropFirst("Bearer ".count)) } ?? ""
    return dead.contains(token) ? HTTPResponse(status: 401) : nil
  }

  /// A token names its account.
  func answer(_ request: HTTPRequest) async throws -> HTTPResponse? {
    var answer = try await plainAnswer(request)
    if let date = state.withLock({ $0.date }) {
      answer?.headers.append((name: "Date", value: Self.httpText(date())))
    }
    return answer
  }
  /// `X, 23 Nov 2026 09:00:00 GMT`: nobody reads the day of the week.
  private static func httpText(_ date: Date) -> String {
    let parts = graphText(date).split { "-T.".contains($0) }.map(String.init)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return "X, \(parts[2]) \(months[Int(parts[1])! - 1]) \(parts[0]) \(parts[3]) GMT"
  }
  /// Microsoft refuses an expiry of more than an hour ahead, by its own clock.
  private func isTooFar(_ expires: String?) -> Bool {
    guard let date = state.withLock({ $0.date }), let end = expires.flatMap(graphDate) else { return false }
    return end.timeIntervalSince(date()) > 3600
  }

  private func plainAnswer(_ request: HTTPRequest) async throws -> HTTPResponse? {
    if request.url.hasSuffix("/token") {
      let name = queryValue("username", in: request.text) ?? "app"
      return .json(#"{"access_token":"\#(name)","expires_in":3600}"#)
    }
    if let keys = Notary.shared.answer(request) { return keys }
    guard request.url.hasPrefix("\(FakeGraph.graph)/subscriptions") else { return nil }
    let account = String(request.header("Authorization")!.dropFirst("Bearer ".count))
    let id = request.url.split(separator: "/").last.map(String.init) ?? ""
    switch request.method {
    case "GET" where !request.url.hasSuffix("/subscriptions"):
      guard let found = made.first(where: { $0.id == id }) else { return HTTPResponse(status: 404) }
      return .json(Self.json(found))
    case "GET":
      let own = state.withLock { $0.made }.filter { $0.account == account }
      return .json(#"{"value":[\#(own.map(Self.json).joined(separator: ","))]}"#)
    case "DELETE":
      return state.withLock { state in
        if !state.deleteFaults.isEmpty { return HTTPResponse(status: state.deleteFaults.removeFirst()) }
        let before = state.made.count
        state.made.removeAll { $0.id == id }
        return HTTPResponse(status: state.made.count < before ? 204 : 404)
      }
    case "PATCH":
      let body = try? JSONDecoder().decode([String: String].self, from: Data(request.body ?? []))
      if isTooFar(body?["expirationDateTime"]) { return HTTPResponse(status: 400) }
      return state.withLock { state in
        if !state.renewFaults.isEmpty { return HTTPResponse(status: state.renewFaults.removeFirst()) }
        guard let index = state.made.firstIndex(where: { $0.id == id }) else {
          return HTTPResponse(status: 404)
        }
        if !state.ignoresNewCertificates, let id = body?["encryptionCertificateId"],
          let text = body?["encryptionCertificate"]
        {
          if state.refusesNewCertificates { return HTTPResponse(status: 400) }
          guard let certificate = try? Certificate(der: Base64.decode(text) ?? []) else { return nil }
          state.renewedTo.append(id)
          state.made[index].certificate = certificate
          state.made[index].certificateID = id
        }
        state.made[index].expires = body?["expirationDateTime"] ?? ""
        return .json(Self.json(state.made[index]))
      }
    default: return try await create(request, account)
    }
  }

  private func create(_ request: HTTPRequest, _ account: String) async throws -> HTTPResponse {
    let draft = try JSONDecoder().decode(Draft.self, from: Data(request.body ?? []))
    let fault = state.withLock { $0.createFaults.isEmpty ? nil : $0.createFaults.removeFirst() }
    if let fault { return .json(#"{"error":{"code":"ExtensionError","message":"no"}}"#, status: fault) }
    if isTooFar(draft.expirationDateTime) { return HTTPResponse(status: 400) }
    if state.withLock({ $0.made.contains { $0.account == account } }) { return HTTPResponse(status: 409) }
    for url in [draft.notificationUrl, draft.lifecycleNotificationUrl] {
      let path = "/" + url.split(separator: "/").dropFirst(2).joined(separator: "/")
      let answer = await state.withLock { $0.handler }?(
        WebRequest(method: "POST", path: path, query: "validationToken=Validation%3a+Testing"))
      guard answer?.status == 200, answer?.body == Array("Validation: Testing".utf8) else {
        return .json(#"{"error":{"code":"ValidationError","message":"timed out"}}"#, status: 400)
      }
    }
    let certificate = try Certificate(der: Base64.decode(draft.encryptionCertificate) ?? [])
    return state.withLock { state in
      let made = Made(
        id: "sub-\(state.next)", account: account, resource: draft.resource, url: draft.notificationUrl,
        clientState: draft.clientState, certificate: certificate,
        certificateID: draft.encryptionCertificateId,
        expires: draft.expirationDateTime)
      state.next += 1
      state.made.append(made)
      return .json(Self.json(made), status: 201)
    }
  }

  private static func json(_ made: Made) -> String {
    #"{"id":"\#(made.id)","resource":"\#(made.resource)","notificationUrl":"\#(made.url)","#
      + #""clientState":null,"expirationDateTime":"\#(made.expires)","#
      + #""encryptionCertificateId":"\#(made.certificateID)"}"#
  }

  var made: [Made] { state.withLock { $0.made } }
}

extension FakeSubscriptions.Made {
  /// One item of `value` with encrypted content.
  func item(_ user: String, _ availability: String, _ activity: String, clientState: String? = nil) throws
    -> String
  {
    let plaintext = #"{"id":"\#(user)","availability":"\#(availability)","activity":"\#(activity)"}"#
    let content = try Notary.encrypt(plaintext, to: certificate, id: certificateID)
    return
      #"{"subscriptionId":"\#(id)","clientState":"\#(clientState ?? self.clientState)","changeType":"updated","#
      + #""resource":"communications/presences/\#(user)","resourceData":{"id":"\#(user)"},"#
      + #""tenantId":"\#(FakeGraph.tenant)","encryptedContent":\#(content)}"#
  }
}
