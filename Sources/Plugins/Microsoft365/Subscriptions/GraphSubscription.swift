// A subscription as it goes over the wire.

import FoundationEssentials
import PluginAPI

/// Source: https://learn.microsoft.com/en-us/graph/changenotifications-for-presence
struct SubscriptionDraft: Encodable, Sendable {
  let changeType = "updated"
  let notificationUrl: String
  let lifecycleNotificationUrl: String
  let resource: String
  let expirationDateTime: String
  let includeResourceData = true
  /// Base64 of the DER, without armour.
  let encryptionCertificate: String
  let encryptionCertificateId: String
  let clientState: String
  let latestSupportedTlsVersion = "v1_2"

  init(url: String, users: [UserID], expires: Date, key: EncryptionKey, clientState: String) {
    notificationUrl = url
    lifecycleNotificationUrl = url
    resource = Self.resource(users)
    expirationDateTime = graphText(expires)
    encryptionCertificate = key.certificateText
    encryptionCertificateId = key.id
    self.clientState = clientState
  }

  static func resource(_ users: [UserID]) -> String {
    let ids = users.map { "'\($0.rawValue)'" }.joined(separator: ",")
    return "/communications/presences?$filter=id in (\(ids))"
  }

  private enum CodingKeys: String, CodingKey {
    case changeType, notificationUrl, lifecycleNotificationUrl, resource, expirationDateTime
    case includeResourceData, encryptionCertificate, encryptionCertificateId, clientState
    case latestSupportedTlsVersion
  }
}

struct SubscriptionRenewal: Encodable, Sendable {
  let expirationDateTime: String
  /// Both or none: the certificate that content is encrypted to from now on.
  var encryptionCertificate: String?
  var encryptionCertificateId: String?
}

struct GraphSubscription: Decodable, Sendable {
  var id: String
  var resource: String?
  var notificationUrl: String?
  var expirationDateTime: String?
  var encryptionCertificateId: String?

  /// Whether it watches exactly these people; Graph writes the resource with and without a leading slash.
  func watches(_ users: Set<UserID>) -> Bool {
    let wanted = SubscriptionDraft.resource(users.sorted())
    guard let resource else { return false }
    return (resource.hasPrefix("/") ? resource : "/\(resource)").lowercased() == wanted.lowercased()
  }
  var isUsers: Bool { resource.map { $0.lowercased() == "users" || $0.lowercased() == "/users" } ?? false }
  var isPresence: Bool { resource?.lowercased().contains("communications/presences") == true }
}
