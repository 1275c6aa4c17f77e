// What the token endpoint answers when it grants.

import FoundationEssentials

struct TokenAnswer: Decodable, Sendable, Hashable {
  let accessToken: String
  /// Seconds.
  let expiresIn: Double

  private enum Key: String, CodingKey {
    case accessToken = "access_token"
    case expiresIn = "expires_in"
  }

  /// `expires_in` comes as a number, or as a string of digits.
  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    accessToken = try fields.decode(String.self, forKey: .accessToken)
    if let number = try? fields.decode(Double.self, forKey: .expiresIn) {
      expiresIn = number
    } else {
      expiresIn = Double(try fields.decode(String.self, forKey: .expiresIn)) ?? 3600
    }
  }

  init?(body: [UInt8]) {
    guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(body)),
      !answer.accessToken.isEmpty
    else { return nil }
    self = answer
  }
}
