// Certificates of administrators, made by openssl as an administrator would: one of an authority, and a stranger's.

import Clients
import FoundationEssentials
import Testing

struct ClientCertificates {
  private let folder: String

  var authority: String { "\(folder)/authority.pem" }
  var certificate: String { "\(folder)/ada.pem" }
  var key: String { "\(folder)/ada.key" }
  /// Certificate and key in one file.
  var both: String { "\(folder)/ada-both.pem" }
  /// The same of somebody whom nobody vouches for.
  var stranger: String { "\(folder)/stranger.pem" }

  init() async throws {
    folder = try temporaryFolder("certificates")
    try Data("extendedKeyUsage=clientAuth\n".utf8).write(to: URL(filePath: "\(folder)/usage"))
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    for step in [
      "req -x509 \(new) -days 2 -subj /CN=authority -keyout authority.key -out authority.pem",
      "req \(new) -subj '/CN=Ada Lovelace' -keyout ada.key -out ada.csr",
      "x509 -req -in ada.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile usage -out ada.pem",
      "req -x509 \(new) -days 2 -subj /CN=stranger -keyout stranger.pem -out stranger.crt",
    ] {
      let (succeeded, output) = await Shell.run("env -C '\(folder)' openssl \(step)", within: 10)
      try #require(succeeded, "\(output)")
    }
    for (parts, whole) in [
      (["ada.pem", "ada.key"], "ada-both.pem"), (["stranger.crt", "stranger.pem"], "stranger.pem"),
    ] {
      let text = try parts.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }.joined()
      try text.write(toFile: "\(folder)/\(whole)", atomically: true, encoding: .utf8)
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
