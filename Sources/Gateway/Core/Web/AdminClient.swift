// Asks the admin listener of a gateway that runs on this machine: for the commands that look into it.

import PluginAPI

public struct AdminClient: Sendable {
  private let base: String

  /// An address that means "everywhere" is asked on this machine.
  public init(_ address: ListenAddress) {
    let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.host
    base = "http://\(ListenAddress(host: host, port: address.port))"
  }

  public func get(_ path: String, _ query: [String: String] = [:]) async throws(HTTPClientError) -> (
    status: Int, text: String
  ) {
    let pairs = query.sorted { $0.key < $1.key }.map { name, value in
      "\(RequestQuery.encoded(name))=\(RequestQuery.encoded(value))"
    }
    let url = base + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    let client = CurlClient()
    let answer: Result<HTTPResponse, HTTPClientError>
    do throws(HTTPClientError) {
      answer = .success(try await client.send(HTTPRequest("GET", url, timeout: .seconds(10))))
    } catch { answer = .failure(error) }
    await client.shutdown(grace: .zero)
    let response = try answer.get()
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }
}
