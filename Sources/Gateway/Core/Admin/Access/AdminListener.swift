// The options of `gateway.admin`: where it listens, and by what an administrator is known.

import PluginAPI

public struct AdminListener: Sendable, Hashable {
  public var listen: ListenAddress
  /// Nil: nobody is asked for one.
  public var password: Secret?
  public var tls: CertificateFiles?
  /// Names by which a listener on loopback is reached besides its address.
  public var hosts: [String]
  var forwardedFor: ForwardedFor
  /// Whether `/metrics` asks for the password too.
  public var protectsMetrics: Bool

  /// Whether an administrator is known by a client certificate.
  public var asksForCertificate: Bool { tls?.clientAuthorities != nil }
  /// Without a password or certificates, everybody who reaches the listener is the administrator.
  public var asksWho: Bool { password != nil || asksForCertificate }

  init(reading gateway: ConfigSection, besides other: ListenAddress) {
    let section = gateway.section("admin", "Admin page, API, /metrics, /healthz, /readyz; keep it inside")
    let initial = "127.0.0.1:9090"
    listen = section.listen(initial, "Where the admin listener listens, host:port")
    password = section.optionalSecret(
      "password", "The administrator's password; it or tls.client_ca is needed when listen is not loopback")
    hosts = section.strings(
      "hosts", "Names by which a reverse proxy reaches a listener on loopback, besides its address")
    forwardedFor = ForwardedFor(reading: section)
    protectsMetrics = section.bool(
      "protect_metrics", default: false,
      "Whether /metrics asks who reads it: as the page does, or by the password with HTTP Basic")
    tls = CertificateFiles(reading: section, "HTTPS for the admin listener", asksClients: true)
    if listen == other && listen.port != 0 {
      // Told where it is written.
      if listen.description == initial {
        gateway.section("public", GatewayConfig.publicMeaning).reject(
          "listen", "must not be the address of gateway.admin.listen, is \(listen)")
      } else {
        section.reject("listen", "must not be the address of gateway.public.listen, is \(listen)")
      }
    } else if !listen.isLoopback, !asksWho {
      section.reject(
        "listen",
        "\(listen) can be reached from other machines and would let everybody in: "
          + "set gateway.admin.password: env:NAME or gateway.admin.tls.client_ca, or listen on 127.0.0.1")
    }
  }

  public static func == (a: Self, b: Self) -> Bool { a.identity == b.identity }
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  /// A secret is compared by where it comes from.
  private var identity: [String] {
    [
      listen.description, password?.reference ?? "", tls?.certificate ?? "", tls?.key ?? "",
      tls?.clientAuthorities ?? "",
      protectsMetrics.description, "\(forwardedFor)",
    ] + hosts
  }
}

extension ListenAddress {
  /// Whether only this machine can reach it.
  var isLoopback: Bool {
    host.lowercased() == "localhost" || IPAddress(host)?.isLoopback == true
  }
}
