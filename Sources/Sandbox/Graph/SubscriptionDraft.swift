// The checks that a request for a subscription must pass, as a pure step from its JSON to the subscription.

import FoundationEssentials
import OpenSSLCrypto

/// The members of a POST or PATCH body.
struct SubscriptionBody: Decodable, Sendable {
  var changeType: String?
  var notificationUrl: String?
  var lifecycleNotificationUrl: String?
  var resource: String?
  var expirationDateTime: String?
  var clientState: String?
  var includeResourceData: Bool?
  var encryptionCertificate: String?
  var encryptionCertificateId: String?
  var latestSupportedTlsVersion: String?

  static func parse(_ bytes: [UInt8]) throws(GraphRefusal) -> SubscriptionBody {
    guard let body = try? JSONDecoder().decode(SubscriptionBody.self, from: Data(bytes)) else {
      throw .unreadable
    }
    return body
  }
}

enum SubscriptionDraft {
  static let presenceMinutes = 60.0
  static let userMinutes = 41_760.0
  static let leastMinutes = 45.0
  static let idLimit = 650
  static let textLimit = 128

  /// Checks every member; the id is the new subscription's.
  static func make(
    _ body: SubscriptionBody, id: String, owner: Subscription.Owner, now: Date
  ) throws(GraphRefusal) -> Subscription {
    guard let resource = body.resource, !resource.isEmpty else { throw invalid("resource is required.") }
    let watched = try watched(resource)
    let changeType = try changeType(body.changeType, watched)
    let notificationURL = try address(body.notificationUrl, "notificationUrl")
    let lifecycleURL: PostTarget? =
      if let url = body.lifecycleNotificationUrl { try address(url, "lifecycleNotificationUrl") } else { nil }
    let includesData = body.includeResourceData ?? false
    var encryption: Subscription.Encryption?
    if includesData {
      guard case .presence = watched else {
        throw invalid("includeResourceData is not supported for the resource '\(resource)'.")
      }
      encryption = try Self.encryption(body.encryptionCertificate, body.encryptionCertificateId)
    }
    if let state = body.clientState, state.count > textLimit {
      throw invalid("clientState must not be longer than \(textLimit) characters.")
    }
    let version = body.latestSupportedTlsVersion ?? "v1_2"
    guard ["v1_0", "v1_1", "v1_2", "v1_3"].contains(version) else {
      throw invalid("latestSupportedTlsVersion '\(version)' is not supported.")
    }
    return Subscription(
      id: id, owner: owner, resource: resource, watched: watched, changeType: changeType,
      includesData: includesData, tlsVersion: version, clientState: body.clientState,
      notificationURL: notificationURL, lifecycleURL: lifecycleURL, encryption: encryption,
      expires: try expiry(body.expirationDateTime, watched, now: now))
  }

  /// An expiry less than 45 minutes ahead is raised silently.
  static func expiry(_ text: String?, _ watched: Subscription.Watched, now: Date) throws(GraphRefusal) -> Date
  {
    guard let text else { throw invalid("expirationDateTime is required.") }
    guard let date = GraphDate.parse(text) else { throw invalid("expirationDateTime is not a valid date.") }
    let minutes = if case .presence = watched { presenceMinutes } else { userMinutes }
    guard date > now else { throw invalid("Subscription expiration must be in the future.") }
    guard date <= now + minutes * 60 else {
      throw invalid("Subscription expiration can only be \(Int(minutes)) minutes in the future.")
    }
    return max(date, now + leastMinutes * 60)
  }

  static func address(_ text: String?, _ name: String) throws(GraphRefusal) -> PostTarget {
    guard let text, !text.isEmpty else { throw invalid("\(name) is required.") }
    guard text.hasPrefix("https://") else { throw invalid("\(name) must start with 'https://'.") }
    guard text.utf8.count <= 2048, let target = PostTarget(text) else {
      throw invalid("\(name) is not a valid URL.")
    }
    return target
  }

  static func encryption(_ certificate: String?, _ id: String?) throws(GraphRefusal)
    -> Subscription.Encryption
  {
    guard let certificate, let id, !certificate.isEmpty, !id.isEmpty else {
      throw invalid(
        "encryptionCertificate and encryptionCertificateId are required when includeResourceData is set "
          + "to true."
      )
    }
    guard id.count <= textLimit else {
      throw invalid("encryptionCertificateId must not be longer than \(textLimit) characters.")
    }
    guard let der = Base64.decode(certificate), let parsed = try? Certificate(der: der) else {
      throw invalid("Certificate is not in the correct format.")
    }
    let bits = significantBits(parsed.publicKey.rsaModulus)
    guard (2048...4096).contains(bits) else {
      throw invalid("Certificate must have an RSA key of 2048 to 4096 bits.")
    }
    return Subscription.Encryption(key: parsed.publicKey, id: id, thumbprint: parsed.sha1Thumbprint)
  }

  static func invalid(_ message: String) -> GraphRefusal { GraphRefusal(400, "InvalidRequest", message) }

  private static func significantBits(_ number: [UInt8]) -> Int {
    let bytes = number.drop { $0 == 0 }
    return bytes.isEmpty ? 0 : bytes.count * 8 - bytes.first!.leadingZeroBitCount
  }

  private static func changeType(
    _ text: String?, _ watched: Subscription.Watched
  ) throws(GraphRefusal) -> String {
    guard let text, !text.isEmpty else { throw invalid("changeType is required.") }
    let types = text.split(separator: ",").map { String($0).lowercased().filter { $0 != " " } }
    let allowed: Set<String> = if case .presence = watched { ["updated"] } else { ["updated", "deleted"] }
    guard !types.isEmpty, allowed.isSuperset(of: types) else {
      throw invalid("The specified changeType '\(text)' is not supported for this resource.")
    }
    return types.joined(separator: ",")
  }

  /// With and without a leading slash, as the documentation writes them.
  private static func watched(_ resource: String) throws(GraphRefusal) -> Subscription.Watched {
    let text = resource.hasPrefix("/") ? resource.dropFirst() : resource[...]
    let lower = text.lowercased()
    if lower == "users" { return .users }
    if let id = lower.wholeMatch(of: /users\/([^\/?]+)/)?.output.1 { return .user(String(id)) }
    if let id = lower.wholeMatch(of: /communications\/presences\/([^\/?]+)/)?.output.1 {
      guard isGUID(id) else { throw invalid("Invalid user id '\(id)'.") }
      return .presence([String(id)])
    }
    guard
      let list = lower.wholeMatch(of: /communications\/presences\?\$filter=id\s+in\s*\((.*)\)\s*/)?.output.1
    else {
      throw invalid("Resource '\(resource.prefix(200))' is not supported.")
    }
    let ids = list.split(separator: ",", omittingEmptySubsequences: false).map { part in
      part.drop { $0 == " " }
    }
    guard ids.count <= idLimit else {
      throw invalid("The number of user ids in the filter must not be greater than \(idLimit).")
    }
    return .presence(try ids.map { (part) throws(GraphRefusal) in try quotedGUID(part) })
  }

  private static func quotedGUID(_ text: Substring) throws(GraphRefusal) -> String {
    let trimmed = text.last == " " ? text.dropLast() : text
    guard trimmed.first == "'", trimmed.last == "'", trimmed.count == 38 else {
      throw invalid("Invalid filter clause: a user id must be a quoted GUID.")
    }
    let id = trimmed.dropFirst().dropLast()
    guard isGUID(id) else { throw invalid("Invalid user id '\(id)'.") }
    return String(id)
  }

  static func isGUID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 36
      && text.utf8.enumerated().allSatisfy { index, byte in
        [8, 13, 18, 23].contains(index)
          ? byte == UInt8(ascii: "-") : Character(UnicodeScalar(byte)).isHexDigit
      }
  }
}
