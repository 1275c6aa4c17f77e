// One notification waiting to be sent, and the JSON in which it leaves, encrypted where the subscriber asked
// for it.

import FoundationEssentials
import OpenSSLCrypto

/// The lifecycle events of the documentation.
public enum LifecycleEvent: String, Sendable, Hashable, CaseIterable {
  case reauthorizationRequired, subscriptionRemoved, missed
}

struct NotificationItem: Sendable {
  enum Content: Sendable {
    case presence(PresencePair)
    case user(change: String)
    case lifecycle(LifecycleEvent)
  }
  let subscription: String
  /// Object id of whom it is about; empty for lifecycle events.
  let user: String
  /// Position in the directory, or -1.
  let index: Int
  let content: Content
  let created: Date
  /// The subscription as it was, where the notification must arrive although it may have ended.
  var ended: Subscription?
  /// Whether the observer has heard of it.
  var isReported = false
}

/// The members of one entry of `value`.
struct NotificationEntry: Encodable, Sendable {
  struct ResourceData: Encodable, Sendable {
    let odataID: String
    let odataType: String
    let id: String
    enum CodingKeys: String, CodingKey {
      case odataID = "@odata.id"
      case odataType = "@odata.type"
      case id
    }
  }
  struct EncryptedContent: Encodable, Sendable {
    let data: String
    let dataSignature: String
    let dataKey: String
    let encryptionCertificateId: String
    let encryptionCertificateThumbprint: String
  }
  struct Presence: Encodable {
    let odataID: String
    let odataType = "#microsoft.graph.presence"
    let id: String
    let availability: String
    let activity: String
    enum CodingKeys: String, CodingKey {
      case odataID = "@odata.id"
      case odataType = "@odata.type"
      case id, availability, activity
    }
  }

  let subscriptionId: String
  let clientState: String?
  let tenantId: String
  let subscriptionExpirationDateTime: String
  var lifecycleEvent: String?
  var changeType: String?
  var resource: String?
  var resourceData: ResourceData?
  var organizationId: String?
  var encryptedContent: EncryptedContent?

  init(_ item: NotificationItem, _ subscription: Subscription, tenant: String) throws(CryptoError) {
    subscriptionId = subscription.id
    clientState = subscription.clientState
    tenantId = tenant
    subscriptionExpirationDateTime = GraphDate.text(subscription.expires)
    switch item.content {
    case .lifecycle(let event): lifecycleEvent = event.rawValue
    case .user(let change):
      changeType = change
      resource = "Users/\(item.user)"
      resourceData = ResourceData(
        odataID: "Users/\(item.user)", odataType: "#Microsoft.Graph.User", id: item.user)
      organizationId = tenant
    case .presence(let pair):
      changeType = "updated"
      resource = "communications/presences/\(item.user)"
      resourceData = ResourceData(
        odataID: "users/\(item.user)/presence", odataType: "#microsoft.graph.presence", id: item.user)
      organizationId = tenant
      if let encryption = subscription.encryption {
        let presence = Presence(
          odataID: "users/\(item.user)/presence", id: item.user, availability: pair.availability,
          activity: pair.activity)
        encryptedContent = try Self.encrypt(JSONValue.bytes(presence), encryption)
      }
    }
  }

  /// AES-256-CBC with a fresh key, whose first half is the initialisation vector; the key travels under
  /// RSA-OAEP with SHA-1 (change-notifications-with-resource-data).
  static func encrypt(
    _ plaintext: [UInt8], _ encryption: Subscription.Encryption
  ) throws(CryptoError) -> EncryptedContent {
    let key = SecureRandom.bytes(32)
    let data = try AES256CBC.encrypt(plaintext, key: key, iv: Array(key.prefix(16)))
    return EncryptedContent(
      data: Base64.encode(data), dataSignature: Base64.encode(Digest.hmacSHA256(key: key, data)),
      dataKey: Base64.encode(try encryption.key.encryptOAEPSHA1(key)), encryptionCertificateId: encryption.id,
      encryptionCertificateThumbprint: encryption.thumbprint)
  }
}

struct NotificationBody: Encodable, Sendable {
  let value: [NotificationEntry]
  /// One per application that has encrypted entries in `value`.
  let validationTokens: [String]?
}
