// Other authorities for the public address than the system's: those who dial it may trust them, as with `--trust`.

import PluginAPI

struct PublicTrust: HTTPClient, WebSocketDialer {
  /// `host:port/path` of the public address.
  private let place: String?
  private let file: String?
  private let http: any HTTPClient
  private let webSockets: any WebSocketDialer

  init(url: String?, file: String?, http: any HTTPClient, webSockets: any WebSocketDialer) {
    place = url.flatMap(Self.place)
    self.file = file
    self.http = http
    self.webSockets = webSockets
  }

  func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
    var request = request
    request.trustFile = trust(request.url, request.trustFile)
    return try await http.send(request)
  }

  func connect(to url: String, trust: String?) async throws(HTTPClientError) -> any WebSocketConnection {
    try await webSockets.connect(to: url, trust: self.trust(url, trust))
  }

  private func trust(_ url: String, _ own: String?) -> String? {
    guard own == nil, let place, Self.place(url)?.hasPrefix("\(place)/") == true else { return own }
    return file
  }

  private static func place(_ url: String) -> String? {
    url.firstRange(of: "://").map { String(url[$0.upperBound...]) }
  }
}
