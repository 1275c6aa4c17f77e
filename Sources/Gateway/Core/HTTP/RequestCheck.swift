// What is refused before libcurl sees it: a line break in a header would be a second header.

import PluginAPI

enum RequestCheck {
  /// All request header lines together.
  static let maxHeaderBytes = 64 << 10

  /// Messages name what is wrong, never a value.
  static func error(in request: HTTPRequest) -> HTTPClientError? {
    let scheme = request.url.prefix { $0 != ":" }.lowercased()
    guard scheme == "https" || scheme == "http", request.url.dropFirst(scheme.count).hasPrefix("://") else {
      return .invalidRequest("only http and https addresses can be asked")
    }
    guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return .invalidRequest("the address has characters that must be percent-encoded")
    }
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(isToken) else {
      return .invalidRequest("the method is not a word")
    }
    var size = request.url.utf8.count
    for (name, value) in request.headers {
      guard !name.isEmpty, name.utf8.allSatisfy(isToken) else {
        return .invalidRequest("a header's name is not a word")
      }
      guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
        return .invalidRequest("the header \(name) has control characters in its value")
      }
      size += name.utf8.count + value.utf8.count + 4
    }
    guard size <= maxHeaderBytes else { return .invalidRequest("the headers are longer than 64 KB") }
    guard request.maxResponseBytes >= 0 else { return .invalidRequest("the response limit is negative") }
    return nil
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
