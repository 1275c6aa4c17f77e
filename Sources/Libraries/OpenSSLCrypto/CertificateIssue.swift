// Making certificates: the notification key's own one, and short-lived ones for listeners under test.

import COpenSSL

extension Certificate {
  /// Signed by its own key with SHA-256. `validDays` below 1 makes one that has expired.
  public static func selfSigned(
    key: PrivateKey, commonName: String, validDays: Int, isAuthority: Bool = false
  ) throws(CryptoError) -> Certificate {
    ERR_clear_error()
    let draft = try CertificateDraft(key: key.handle, commonName: commonName, validDays: validDays)
    try draft.sign(
      issuer: draft.handle, key: key.handle,
      extensions: isAuthority
        ? [
          (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
          (NID_subject_key_identifier, "hash"),
        ]
        : [
          (NID_basic_constraints, "critical,CA:FALSE"),
          (NID_key_usage, "critical,digitalSignature,keyEncipherment,dataEncipherment"),
          (NID_subject_key_identifier, "hash"),
        ])
    return try Certificate(owning: draft.release())
  }

  /// A certificate for a TLS server or client, signed with SHA-256. `hosts` are DNS names and IP addresses
  /// and become its subject alternative names.
  public static func issue(
    for key: PublicKey, commonName: String, hosts: [String], validDays: Int, by issuer: Certificate,
    issuerKey: PrivateKey
  ) throws(CryptoError) -> Certificate {
    ERR_clear_error()
    let draft = try CertificateDraft(key: key.handle, commonName: commonName, validDays: validDays)
    try draft.setHosts(hosts)
    try draft.sign(
      issuer: issuer.handle, key: issuerKey.handle,
      extensions: [
        (NID_basic_constraints, "critical,CA:FALSE"),
        (NID_key_usage, "critical,digitalSignature,keyEncipherment"),
        (NID_ext_key_usage, "serverAuth,clientAuth"),
        (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid"),
      ])
    return try Certificate(owning: draft.release())
  }
}
