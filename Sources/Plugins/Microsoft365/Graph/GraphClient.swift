// Every call to Graph goes through here: token, budget, headers, one more try with another token, failures with remedies.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct GraphClient: Sendable {
  static let userAgent = "presence-gateway/microsoft365"

  let options: Options
  let context: PluginContext
  let tokens: TokenCache
  let metrics: PluginMetrics
  let time: ServerTime
  private let gate: RequestGate

  init(options: Options, context: PluginContext, tokens: TokenCache, metrics: PluginMetrics) {
    self.options = options
    self.context = context
    self.tokens = tokens
    self.metrics = metrics
    time = ServerTime(context: context)
    gate = RequestGate(
      rate: .init(options.requestsPer30Seconds, per: .seconds(30)), context: context, metrics: metrics)
  }

  /// Sends with the first of `signIns` that gets a token which Graph takes. An application that may not read presence
  /// leaves that to an account, and what one account may not do no other may. A 2xx answer is returned, everything
  /// else thrown.
  func send(_ request: GraphRequest, as signIns: [SignIn]) async throws(GraphError) -> HTTPResponse {
    var failure = GraphError.signIn(PluginFailure(.giveUp, "nobody is configured to sign in for this"))
    for signIn in signIns {
      do throws(GraphError) { return try await send(request, as: signIn) } catch {
        // Somebody else may still be able to.
        switch error {
        case .signIn, .tokenRefused: if failure.status == nil { failure = error }
        case .refused(let refusal)
        where refusal.status == 403 && request.call == .getPresences && signIn.username == nil:
          failure = error
        default: throw error
        }
      }
    }
    throw failure
  }

  /// Once more with another token when the first is refused, or lacks the permission.
  private func send(_ request: GraphRequest, as signIn: SignIn) async throws(GraphError) -> HTTPResponse {
    var isSecond = false
    while true {
      let token: String
      do { token = try await tokens.token(for: signIn) } catch { throw .signIn(error) }
      do throws(GraphError) {
        let response = try await send(request, token: token, clientID: signIn.clientID)
        await tokens.served(token, of: signIn)
        return response
      } catch {
        guard case .refused(let refusal) = error, refusal.status == 401 else {
          if error.showsTokenTaken { await tokens.served(token, of: signIn) }
          guard !isSecond, error.status == 403,
            UnverifiedClaims(token: token)?.lacks(request.call.permission) == true,
            await tokens.replaced(token, of: signIn)
          else { throw error }
          isSecond = true
          continue
        }
        let verdict = await tokens.refused(token, of: signIn, refusal)
        if case .fail(let failure) = verdict { throw .tokenRefused(failure) }
        if isSecond { throw error }
        isSecond = true
      }
    }
  }

  /// The same, with the answer decoded.
  func fetch<Value: Decodable>(
    _ type: Value.Type, _ request: GraphRequest, as signIns: [SignIn]
  ) async throws(GraphError) -> Value {
    let response = try await send(request, as: signIns)
    do { return try JSONDecoder().decode(type, from: Data(response.body)) } catch {
      throw .unreadable("the answer to \(request.call.rawValue) is not what Graph documents")
    }
  }

  private func send(
    _ request: GraphRequest, token: String, clientID: String
  ) async throws(GraphError) -> HTTPResponse {
    let url: String
    if request.target.hasPrefix("/") {
      url = "\(options.cloud.graph)/v1.0\(request.target)"
    } else if request.target.hasPrefix("\(options.cloud.graph)/") {
      url = request.target
    } else {
      // The token goes nowhere else, whatever an answer says.
      throw .unreadable("Graph pointed \(request.call.rawValue) to another host")
    }
    var headers: [(name: String, value: String)] = [
      ("Authorization", "Bearer \(token)"), ("Accept", "application/json"), ("User-Agent", Self.userAgent),
      ("client-request-id", SecureRandom.guid()),
    ]
    let sent = try await gate.pass(clientID, takesBack: request.takesBack)
    if request.body?.isEmpty == false { headers.append(("Content-Type", "application/json")) }
    let response: HTTPResponse
    do {
      response = try await context.http.send(
        HTTPRequest(
          request.method, url, headers: headers + request.headers, body: request.body,
          timeout: request.timeout,
          maxResponseBytes: request.maxResponseBytes, trustFile: options.trustFile))
    } catch {
      metrics.countRequest(request.call, status: nil)
      throw .transport(error, host: options.cloud.graph)
    }
    metrics.countRequest(request.call, status: response.status)
    await time.note(response.header("Date"))
    if (200...299).contains(response.status) {
      await gate.served(clientID, sent: sent)
      return response
    }
    let refusal = GraphRefusal(
      call: request.call, clientID: clientID, response: response, date: await time.date)
    if refusal.asksForPause { await gate.refused(clientID, sent: sent, retryAfter: refusal.retryAfter) }
    throw .refused(refusal)
  }
}
