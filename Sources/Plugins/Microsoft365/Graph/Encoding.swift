// How text goes into addresses and forms (RFC 3986 §2.3, application/x-www-form-urlencoded).

/// Everything but unreserved characters becomes `%XX`.
func percentEncode(_ text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = Array("0123456789ABCDEF")
      result.append("%")
      result.append(digits[Int(byte >> 4)])
      result.append(digits[Int(byte & 15)])
    }
  }
  return result
}

func formEncode(_ fields: [(name: String, value: String)]) -> String {
  fields.map { "\(percentEncode($0.name))=\(percentEncode($0.value))" }.joined(separator: "&")
}

/// Decodes `+` to a blank and percent escapes once; a broken escape stays as it is written.
func formDecode(_ text: some StringProtocol) -> String {
  func digit(_ byte: UInt8) -> UInt8? { Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) }
  let bytes = Array(text.utf8)
  var result: [UInt8] = []
  var index = 0
  while index < bytes.count {
    if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
      let low = digit(bytes[index + 2])
    {
      result.append(high << 4 | low)
      index += 3
    } else {
      result.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
      index += 1
    }
  }
  return String(decoding: result, as: UTF8.self)
}

/// The decoded value of the first field of that name in a query, or nil.
func queryValue(_ name: String, in query: String) -> String? {
  for field in query.split(separator: "&") {
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts[0] == name { return parts.count == 2 ? formDecode(parts[1]) : "" }
  }
  return nil
}
