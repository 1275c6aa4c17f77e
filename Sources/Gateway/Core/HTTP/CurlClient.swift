// The HTTP client lent to plugins, on the system's libcurl: its TLS, its proxies, its HTTP/2.

import CoreMetrics
import PluginAPI

/// Requests of all plugins share one thread and its connections.
///
/// Limits and their defaults are in `CurlOptions`. A response over its limit ends while it is being received.
/// The texts in errors never hold a header, a query or a proxy's password.
public final class CurlClient: HTTPClient {
  private let driver: CurlDriver
  private let options: CurlOptions

  public init(_ options: CurlOptions = .init(), metrics: any MetricsFactory = NOOPMetricsHandler.instance) {
    self.options = options
    driver = CurlDriver(options, CurlMetrics(metrics))
    driver.startThread()
  }
  deinit { _ = driver.submit(.shutdown(grace: .zero, ended: {})) }

  public func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
    if Task.isCancelled { throw .cancelled }
    let started = Locked<CurlTransfer?>(nil)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let transfer = CurlTransfer(
          request, maxHeaderBytes: options.maxHeaderBytes, continuation: continuation)
        started.withLock { $0 = transfer }
        if let error = driver.submit(.start(transfer)) { return transfer.finish(.failure(error)) }
        // The cancellation may have come before there was anything to cancel.
        if Task.isCancelled { _ = driver.submit(.cancel(transfer)) }
      }
    } onCancel: {
      if let transfer = started.withLock({ $0 }) { _ = driver.submit(.cancel(transfer)) }
    }
    return try outcome.get()
  }

  /// Refuses new requests, lets those under way end within the grace, cancels the rest, closes all
  /// connections.
  public func shutdown(grace: Duration = .seconds(5)) async {
    await withCheckedContinuation { continuation in
      if driver.submit(.shutdown(grace: grace, ended: { continuation.resume() })) != nil {
        continuation.resume()
      }
    }
  }
}
