// What the token endpoint answers when it grants.

import FoundationEssentials

struct TokenAnswer: Decodable, Sendable, Hashable {
  let accessToken: String
  /// Seconds, within reason: at most two days, whatever was sent.
  let expiresIn: Double
  /// Seconds after which Microsoft wants a token to be renewed, where it says so; within the same bounds.
  let refreshIn: Double?
  let refreshToken: String?
  let identityToken: String?

  private enum Key: String, CodingKey {
    case accessToken = "access_token"
    case expiresIn = "expires_in"
    case refreshIn = "refresh_in"
    case refreshToken = "refresh_token"
    case identityToken = "id_token"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    accessToken = try fields.decode(String.self, forKey: .accessToken)
    expiresIn = Self.seconds(fields, .expiresIn) ?? 3600
    refreshIn = Self.seconds(fields, .refreshIn)
    refreshToken = try? fields.decode(String.self, forKey: .refreshToken)
    identityToken = try? fields.decode(String.self, forKey: .identityToken)
  }

  /// They come as a number, or as a string of digits.
  private static func seconds(_ fields: KeyedDecodingContainer<Key>, _ key: Key) -> Double? {
    let number =
      (try? fields.decode(Double.self, forKey: key))
      ?? (try? fields.decode(String.self, forKey: key)).flatMap { Double($0) }
    guard let number, !number.isNaN else { return nil }
    return min(max(number, 60), 172_800)
  }

  init?(body: [UInt8]) {
    guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(body)),
      !answer.accessToken.isEmpty
    else { return nil }
    self = answer
  }
}
