// The admin page's files inside the binary: it serves them without a folder beside it, and without internet.

public enum AdminPage {
  public struct File: Sendable {
    public let path: String
    public let contentType: String
    public let bytes: [UInt8]
  }

  public static let files = [
    File(path: "/", contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
    File(path: "/page.css", contentType: "text/css; charset=utf-8", bytes: PackageResources.page_css),
    File(path: "/mark.svg", contentType: "image/svg+xml", bytes: PackageResources.mark_svg),
    script("page", PackageResources.page_js), script("dom", PackageResources.dom_js),
    script("api", PackageResources.api_js), script("words", PackageResources.words_js),
    script("login", PackageResources.login_js), script("overview", PackageResources.overview_js),
    script("people", PackageResources.people_js), script("person", PackageResources.person_js),
    script("overrides", PackageResources.overrides_js), script("pause", PackageResources.pause_js),
    script("retry", PackageResources.retry_js),
    script("accounts", PackageResources.accounts_js), script("events", PackageResources.events_js),
    script("configuration", PackageResources.configuration_js),
  ]

  /// The description of the API (OpenAPI 3.1).
  public static let openAPI = PackageResources.openapi_json

  private static func script(_ name: String, _ bytes: [UInt8]) -> File {
    File(path: "/\(name).js", contentType: "text/javascript; charset=utf-8", bytes: bytes)
  }
}
