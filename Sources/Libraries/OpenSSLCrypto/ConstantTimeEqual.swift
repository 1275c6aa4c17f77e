// Comparing secrets without telling, by the time it takes, how many bytes were right.

import COpenSSL

/// Whether both are equal, in a time that depends on their lengths only.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
