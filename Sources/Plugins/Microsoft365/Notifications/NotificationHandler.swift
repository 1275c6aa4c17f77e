// The webhook: proves, opens and hands over what Microsoft posts, then acknowledges it.

import FoundationEssentials
import PluginAPI

struct NotificationHandler: Sendable {
  /// Of a validation token, which is only echoed.
  static let maxEcho = 4096
  static let maxItems = 1000
  static let maxTokens = 16

  let clientID: String
  let context: PluginContext
  let book: SubscriptionBook
  let keys: EncryptionKeys
  let signingKeys: SigningKeys
  let pool: CryptoPool
  let memory: PresenceMemory
  let time: ServerTime
  let words: UnknownWords
  let watch: WriteWatch
  let metrics: PluginMetrics
  let log: QuietLog
  let webhook: WebhookHealth

  func respond(to request: WebRequest) async -> WebResponse {
    guard request.method == "POST" else { return Self.answer(405, "POST only") }
    // Needs nothing of ours: it comes while the request for the subscription is still under way.
    if let token = queryValue("validationToken", in: request.query) {
      guard token.utf8.count <= Self.maxEcho else { return Self.answer(400, "validation token too long") }
      metrics.count(.validation)
      return WebResponse(200, contentType: "text/plain; charset=utf-8", body: Array(token.utf8))
    }
    guard let body = NotificationBody(request.body), body.value.count <= Self.maxItems else {
      metrics.count(.garbage)
      await log.warn(.garbage)
      return Self.answer(400, "no notification")
    }
    return await take(body)
  }

  private func take(_ body: NotificationBody) async -> WebResponse {
    var changes: [NotificationBody.Item] = []
    for item in body.value {
      guard let id = item.subscriptionId, let entry = await ours(item) else { continue }
      if let event = item.lifecycleEvent {
        metrics.count(.lifecycle)
        if entry.subject == .users {
          await book.tellAboutUsers()
        } else {
          await book.tell(.lifecycle(LifecycleEvent(event), id: id))
        }
      } else if entry.subject == .users {
        metrics.count(.users)
        await book.usersChanged()
      } else {
        changes.append(item)
      }
    }
    guard !changes.isEmpty else { return Self.accepted }
    if changes.contains(where: { $0.encryptedContent != nil }) {
      switch await proof(of: body.validationTokens ?? []) {
      case .good: break
      case .missing:
        metrics.count(.wrongToken, by: changes.count)
        await log.warn(.wrongToken, detail: WebhookHealth.unproven)
        await webhook.unprovenCame()
        // Whom it is about is known by the subscription's secret.
        await ask(about: changes.compactMap(\.user))
        return Self.accepted
      case .unknown: return Self.answer(503, "signing keys are not known yet")
      case .bad(let fault):
        metrics.count(.wrongToken, by: changes.count)
        await log.warn(.wrongToken, detail: fault)
        return Self.accepted
      }
    }
    return await handOver(changes)
  }

  /// Unknown or unproven items are dropped, and acknowledged as Microsoft advises.
  private func ours(_ item: NotificationBody.Item) async -> SubscriptionBook.Entry? {
    guard let id = item.subscriptionId, let entry = await book.find(id) else {
      metrics.count(.unknownSubscription)
      await log.warn(.unknownSubscription)
      return nil
    }
    guard entry.proves(item.clientState) else {
      metrics.count(.wrongClientState)
      await log.warn(.wrongClientState)
      return nil
    }
    return entry
  }

  private enum Proof {
    case good
    /// Microsoft sends none to an application that it may not send to.
    case missing
    case bad(String)
    case unknown
  }

  /// All tokens must be good.
  private func proof(of texts: [String]) async -> Proof {
    guard !texts.isEmpty else { return .missing }
    guard texts.count <= Self.maxTokens else { return .bad("too many validation tokens") }
    do throws(ValidationToken.Fault) {
      for text in texts {
        let token = try ValidationToken(text)
        guard let known = await signingKeys.keys(for: token.keyID) else { return .unknown }
        guard let key = known.keys[token.keyID] else { throw .unknownKey }
        let expect = ValidationToken.Expectation(
          audience: clientID, tenant: known.tenant, issuers: known.issuers)
        try token.verify(key: key, expect: expect, date: await time.date)
      }
      return .good
    } catch {
      return .bad("validation token: \(error.rawValue)")
    }
  }

  private func handOver(_ items: [NotificationBody.Item]) async -> WebResponse {
    var found: [(UserID, GraphPresence)] = []
    var spoke: Set<String> = []
    var doubtful: [UserID] = []
    var unknown: [String] = []
    for (item, opened) in zip(items, await open(items)) {
      switch opened {
      case .presence(let presence):
        guard let user = presence.id.map({ UserID($0.lowercased()) }) ?? item.user else { continue }
        found.append((user, presence))
        if let id = item.subscriptionId { spoke.insert(id) }
        unknown += presence.unknownWords
      case .empty: if let user = item.user { doubtful.append(user) }
      case .undecryptable(let why):
        metrics.count(.undecryptable)
        await log.warn(.undecryptable, detail: why)
        if let user = item.user { doubtful.append(user) }
      case .overload:
        metrics.count(.overload)
        await log.warn(.overload)
        return Self.answer(503, "overloaded")
      }
    }
    if !doubtful.isEmpty { await ask(about: doubtful) }
    if !unknown.isEmpty { await words.note(unknown) }
    if !found.isEmpty {
      metrics.count(.accepted, by: found.count)
      await context.inlet.emit(await watch.saw(await memory.pushed(found), asked: context.clock.now))
      await book.heard(spoke)
      await webhook.heard()
    }
    return Self.accepted
  }

  /// Something changed that could not be read, or not be believed: their subscription speaks, but a poll must tell.
  private func ask(about users: [UserID]) async {
    await memory.announced(users)
    context.inlet.requestPoll(users)
  }

  private enum Opened: Sendable {
    case presence(GraphPresence)
    case empty
    case undecryptable(String)
    case overload
  }

  /// In the order of `items`, on all cores.
  private func open(_ items: [NotificationBody.Item]) async -> [Opened] {
    if items.count == 1 { return [await open(items[0])] }
    return await withTaskGroup(of: (Int, Opened).self) { group in
      for (index, item) in items.enumerated() { group.addTask { (index, await open(item)) } }
      var results = [Opened](repeating: .empty, count: items.count)
      for await (index, opened) in group { results[index] = opened }
      return results
    }
  }

  private func open(_ item: NotificationBody.Item) async -> Opened {
    guard let content = item.encryptedContent else {
      guard let clear = item.resourceData, clear.availability != nil || clear.activity != nil else {
        return .empty
      }
      return .presence(
        GraphPresence(id: item.user?.rawValue, availability: clear.availability, activity: clear.activity))
    }
    let key = await keys.find(
      id: content.encryptionCertificateId, thumbprint: content.encryptionCertificateThumbprint)
    guard let key else { return .undecryptable("unknown certificate") }
    let opened = await pool.run { () -> Opened in
      do throws(RichContent.Fault) {
        let plaintext = try content.open(with: key.key)
        guard let presence = try? JSONDecoder().decode(GraphPresence.self, from: Data(plaintext)) else {
          return .undecryptable("content is no presence")
        }
        return .presence(presence)
      } catch { return .undecryptable("\(error)") }
    }
    return opened ?? .overload
  }

  private static let accepted = WebResponse(202)
  private static func answer(_ status: Int, _ text: String) -> WebResponse {
    WebResponse(status, body: Array(text.utf8))
  }
}
