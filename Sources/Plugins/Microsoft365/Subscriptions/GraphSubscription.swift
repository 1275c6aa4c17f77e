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
    let ids = users.map { "'\($0.rawValue)'" }.joined(separator: ",")
    resource = "/communications/presences?$filter=id in (\(ids))"
    expirationDateTime = graphText(expires)
    encryptionCertificate = key.certificateText
    encryptionCertificateId = key.id
    self.clientState = clientState
  }

  private enum CodingKeys: String, CodingKey {
    case changeType, notificationUrl, lifecycleNotificationUrl, resource, expirationDateTime
    case includeResourceData, encryptionCertificate, encryptionCertificateId, clientState
    case latestSupportedTlsVersion
  }
}

struct SubscriptionRenewal: Encodable, Sendable {
  let expirationDateTime: String
}

struct GraphSubscription: Decodable, Sendable {
  var id: String
  var resource: String?
  var notificationUrl: String?
  var expirationDateTime: String?

  var isPresence: Bool { resource?.lowercased().contains("communications/presences") == true }
}

struct SubscriptionPage: Decodable, Sendable {
  var value: [GraphSubscription]
  var nextLink: String?
  enum CodingKeys: String, CodingKey {
    case value
    case nextLink = "@odata.nextLink"
  }
}
