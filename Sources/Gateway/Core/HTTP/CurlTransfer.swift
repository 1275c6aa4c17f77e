// One request on its way through libcurl: what is collected while it runs, and who waits for it.

import CCurl
import PluginAPI

/// `@unchecked`: after it was handed to the driver only the driver's thread touches it.
final class CurlTransfer: @unchecked Sendable {
  typealias Outcome = Result<HTTPResponse, HTTPClientError>

  let request: HTTPRequest
  let started: ContinuousClock.Instant
  let deadline: ContinuousClock.Instant
  /// The `curl_slist` of request headers, which libcurl does not copy.
  var headerList: UnsafeMutablePointer<curl_slist>?
  let errorText: UnsafeMutablePointer<CChar>
  var isCancelled = false
  private(set) var exceededLimit = false
  private let maxHeaderBytes: Int
  private var headerBytes = 0
  private var headers: [(name: String, value: String)] = []
  private var body: [UInt8] = []
  private var continuation: CheckedContinuation<Outcome, Never>?

  init(_ request: HTTPRequest, maxHeaderBytes: Int, continuation: CheckedContinuation<Outcome, Never>) {
    self.request = request
    self.maxHeaderBytes = maxHeaderBytes
    self.continuation = continuation
    started = .now
    deadline = started + max(.zero, request.timeout)
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }
  deinit {
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  func finish(_ outcome: Outcome) {
    continuation?.resume(returning: outcome)
    continuation = nil
  }

  func response(status: Int) -> HTTPResponse { HTTPResponse(status: status, headers: headers, body: body) }

  /// False ends the transfer.
  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= request.maxResponseBytes - body.count else {
      exceededLimit = true
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  /// One header line with its end. A status line begins anew: the headers of `100 Continue` are not the
  /// response's.
  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= maxHeaderBytes else {
      exceededLimit = true
      return false
    }
    if line.starts(with: "HTTP/".utf8) {
      headers = []
    } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 {
      headers.append((Self.trimmed(line[..<colon]), Self.trimmed(line[(colon + 1)...])))
    }
    return true
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var bytes = bytes
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
