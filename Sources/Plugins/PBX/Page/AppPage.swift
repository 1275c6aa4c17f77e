// What the App tile of myApps opens: a page and an icon, the same for everybody. Who may see the gateway's state is
// decided on the WebSocket.

import PluginAPI

enum AppPage {
  static let icon = PackageResources.app_png

  /// `folder` and `name` are the App object's URL without the host: myApps appends `.htm` and `.png`.
  static func routes(folder: String, name: String) -> [WebRoute] {
    let files: [(path: String, contentType: String, body: [UInt8])] = [
      ("\(name).htm", "text/html; charset=utf-8", PackageResources.app_htm),
      ("\(name).png", "image/png", icon),
      ("app.css", "text/css; charset=utf-8", PackageResources.app_css),
      ("app.js", "text/javascript; charset=utf-8", PackageResources.app_js),
    ]
    return files.map { file in
      WebRoute(
        "\(folder)/\(file.path)",
        .get { _ in WebResponse(200, contentType: file.contentType, headers: headers, body: file.body) })
    }
  }

  /// No `frame-ancestors`: myApps frames the page, from the PBX's origin or from an application's own scheme.
  private static let headers = [
    (
      name: "content-security-policy",
      value: "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'"
    ),
    (name: "referrer-policy", value: "no-referrer"), (name: "cache-control", value: "no-cache"),
  ]
}
