// A certificate with its key as files, and the openssl command as the second opinion on what they sign.

import FoundationEssentials
import Glibc
import OpenSSLCrypto

/// Removed with the value.
final class PEMFiles {
  private let folder: URL
  private(set) var certificatePEM = ""
  private(set) var keyPEM = ""

  init(key: PrivateKey? = nil, validDays: Int = 90) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pem-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try renew(key: key, validDays: validDays)
  }
  deinit { try? FileManager.default.removeItem(at: folder) }

  func renew(key: PrivateKey? = nil, validDays: Int = 90) throws {
    let key = try key ?? .generateRSA()
    keyPEM = key.pem
    certificatePEM = try Certificate.selfSigned(key: key, commonName: "gateway", validDays: validDays).pem
    try write(Array(certificatePEM.utf8), "certificate.pem")
    try write(Array(keyPEM.utf8), "key.pem")
  }

  var certificate: String { path("certificate.pem") }
  var key: String { path("key.pem") }
  func path(_ name: String) -> String { folder.appending(path: name).path() }
  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: path(name)))
  }
}

/// Its exit status.
func openssl(_ arguments: [String]) throws -> Int32 {
  var process = pid_t()
  var words: [UnsafeMutablePointer<CChar>?] = (["openssl"] + arguments).map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for descriptor: Int32 in [1, 2] {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
  }
  guard posix_spawnp(&process, "openssl", &actions, nil, &words, environ) == 0 else { return -1 }
  var status: Int32 = 0
  guard waitpid(process, &status, 0) == process else { return -1 }
  return (status >> 8) & 0xFF
}
