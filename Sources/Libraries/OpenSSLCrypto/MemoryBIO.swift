// OpenSSL reads and writes PEM and DER through BIOs; this one lives in memory and is freed with its scope.

import COpenSSL

/// Runs `body` on a BIO that reads `text`; nil when memory is exhausted or the text is too long for OpenSSL.
func readingBIO<Result>(_ text: String, _ body: (OpaquePointer) -> Result?) -> Result? {
  var text = text
  return text.withUTF8 { bytes in
    guard let length = Int32(exactly: bytes.count), let bio = BIO_new_mem_buf(bytes.baseAddress, length)
    else {
      return nil
    }
    defer { BIO_free(bio) }
    return body(bio)
  }
}

/// What `body` wrote; nil when it did not return 1.
func writingBIO(_ body: (OpaquePointer) -> Int32) -> [UInt8]? {
  guard let bio = BIO_new(BIO_s_mem()) else { return nil }
  defer { BIO_free(bio) }
  guard body(bio) == 1 else { return nil }
  var data: UnsafeMutablePointer<CChar>?
  let count = copenssl_bio_get_mem_data(bio, &data)
  return Array(UnsafeRawBufferPointer(start: data, count: count))
}
