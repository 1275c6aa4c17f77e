// Which PBX a connection belongs to, as its PbxInfo says.

/// Names are compared without regard to case.
struct PBXKey: Sendable, Hashable {
  let domain: String
  let pbx: String
  init(domain: String, pbx: String) {
    self.domain = domain.lowercased()
    self.pbx = pbx.lowercased()
  }
}

struct PBXIdentity: Sendable, Hashable {
  /// The "System Name", which also completes e-mail addresses.
  let domain: String
  /// The "PBX Name".
  let pbx: String
  /// The ticks of the App object; nil when the PBX does not tell, and then all are assumed.
  let apis: Set<String>?
  /// The App object's SIP name.
  let appSIP: String
  /// The App object's guid; empty when the gateway dialled.
  var appGUID = ""
  /// It logged in with one of `previous_passwords`.
  let passwordIsOld: Bool

  var key: PBXKey { PBXKey(domain: domain, pbx: pbx) }
  /// Whether it is certainly not the same App object.
  func isOtherApp(than other: PBXIdentity) -> Bool {
    !appGUID.isEmpty && !other.appGUID.isEmpty && appGUID.lowercased() != other.appGUID.lowercased()
  }
  func has(_ api: String) -> Bool { apis?.contains(api) ?? true }
}
