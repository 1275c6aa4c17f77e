// What a libcurl code means for the caller: was the request possibly carried out, and whose fault is it?

import CCurl
import PluginAPI

/// What libcurl says about an ended transfer.
struct CurlFailure {
  let code: CURLcode
  /// libcurl's own sentence about this transfer; may be empty.
  let text: String
  /// The proxy's answer to CONNECT, or 0.
  var connectStatus = 0
  var exceededLimit = false

  func error(for request: HTTPRequest) -> HTTPClientError {
    if exceededLimit { return .responseTooLarge }
    switch code {
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
      return .invalidRequest(String(cString: curl_easy_strerror(code)))
    // libcurl says "out of memory" to a header line over its own limit of 100 KB.
    case CURLE_FILESIZE_EXCEEDED, CURLE_OUT_OF_MEMORY: return .responseTooLarge
    case CURLE_ABORTED_BY_CALLBACK: return .cancelled
    // The time limit of the whole request is kept by the driver: here only connecting took too long.
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_PROXY,
      CURLE_INTERFACE_FAILED, CURLE_OPERATION_TIMEDOUT:
      return .cannotConnect(safeText(request))
    case CURLE_SSL_CONNECT_ERROR where text.contains("reset") || text.contains("SYSCALL"):
      return .cannotConnect(safeText(request))
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      return .tls(safeText(request))
    default:
      if connectStatus >= 300 { return .cannotConnect("the proxy answers \(connectStatus) to CONNECT") }
      return .connectionLost(safeText(request))
    }
  }

  /// libcurl's sentence, unless it repeats what must not be shown: a query may hold a token, a proxy a
  /// password.
  private func safeText(_ request: HTTPRequest) -> String {
    let general = String(cString: curl_easy_strerror(code))
    let query = request.url.drop { $0 != "?" }.dropFirst()
    let leaks =
      text.contains("://") || text.contains("@") || (!query.isEmpty && text.contains(query))
      || text.hasPrefix("Unsupported proxy")
    return text.isEmpty || leaks ? general : text
  }
}
