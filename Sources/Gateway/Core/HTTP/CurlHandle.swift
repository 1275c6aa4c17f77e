// How a request becomes the options of a curl easy handle. Everything is set anew for each request, because a
// handle that kept one option of the last request could send its token to another host.

import CCurl
import PluginAPI

struct CurlHandle {
  let easy: UnsafeMutableRawPointer

  /// Nil when everything is set; the transfer must outlive its time on the handle.
  func prepare(_ transfer: CurlTransfer, _ options: CurlOptions) -> HTTPClientError? {
    let request = transfer.request
    if let error = RequestCheck.error(in: request) { return error }
    var failed = false
    func check(_ code: CURLcode) { failed = failed || code != CURLE_OK }
    func set(_ option: CURLoption, _ value: Int) { check(ccurl_set_long(easy, option, value)) }
    func set(_ option: CURLoption, _ value: String) { check(ccurl_set_string(easy, option, value)) }

    set(CURLOPT_URL, request.url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(CURLOPT_PIPEWAIT, 1)
    set(CURLOPT_ACCEPT_ENCODING, "")
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(options.connectTimeout.nanoseconds / 1_000_000))
    // Without it a cancelled transfer waits for a resolver thread that may be stuck, and all others with it.
    set(CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_TCP_KEEPIDLE, 30)
    set(CURLOPT_TCP_KEEPINTVL, 10)
    // Names are resolved again now and then, although a busy connection never becomes idle.
    set(CURLOPT_MAXLIFETIME_CONN, 600)
    set(CURLOPT_CA_CACHE_TIMEOUT, 300)
    check(ccurl_set_user_timeout(easy, UInt32(clamping: options.deadPeerTimeout.nanoseconds / 1_000_000)))
    if let proxy = options.proxy { set(CURLOPT_PROXY, proxy) }
    if let trustFile = request.trustFile {
      set(CURLOPT_CAINFO, trustFile)
      check(ccurl_set_string(easy, CURLOPT_CAPATH, nil))
    }
    if let key = options.pinnedKey {
      set(CURLOPT_PINNEDPUBLICKEY, key)
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let files = options.clientCertificate {
      set(CURLOPT_SSLCERT, files.certificate)
      set(CURLOPT_SSLKEY, files.key)
    }
    setMethod(request, set)
    if let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil) {
      check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
      // Never a null pointer: libcurl would read the body from standard input.
      (body.isEmpty ? [0] : body).withUnsafeBytes { bytes in
        let copied = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        check(ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, copied))
      }
    }
    transfer.headerList = headerList(request, options)
    check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, transfer.headerList))
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    check(ccurl_set_callback(easy, CURLOPT_WRITEFUNCTION, Self.bodyCallback))
    check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
    check(ccurl_set_callback(easy, CURLOPT_HEADERFUNCTION, Self.headerCallback))
    check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
    check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, transfer.errorText))
    return failed ? .invalidRequest("libcurl does not take the request") : nil
  }

  func number(_ info: CURLINFO) -> Int {
    var value = 0
    return ccurl_get_long(easy, info, &value) == CURLE_OK ? value : 0
  }

  private func setMethod(_ request: HTTPRequest, _ set: (CURLoption, Int) -> Void) {
    switch request.method {
    case "HEAD": set(CURLOPT_NOBODY, 1)
    case "GET" where request.body == nil: set(CURLOPT_HTTPGET, 1)
    case "POST": set(CURLOPT_POST, 1)
    default: _ = ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  /// An entry `Name:` takes libcurl's own header away, `Name;` is one without a value.
  private func headerList(_ request: HTTPRequest, _ options: CurlOptions) -> UnsafeMutablePointer<curl_slist>?
  {
    var list = curl_slist_append(nil, "Expect:")
    var names: Set<String> = []
    for (name, value) in request.headers {
      names.insert(name.lowercased())
      list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    if !names.contains("content-type") { list = curl_slist_append(list, "Content-Type:") }
    if !names.contains("user-agent") { list = curl_slist_append(list, "User-Agent: \(options.userAgent)") }
    return list
  }

  private static let bodyCallback: ccurl_data_callback = { data, size, count, context in
    CurlHandle.take(data, size * count, context) { $0.receiveBody($1) }
  }
  private static let headerCallback: ccurl_data_callback = { data, size, count, context in
    CurlHandle.take(data, size * count, context) { $0.receiveHeader($1) }
  }
  private static func take(
    _ data: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ body: (CurlTransfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    let refused = 0xFFFF_FFFF  // CURL_WRITEFUNC_ERROR
    return body(transfer, UnsafeRawBufferPointer(start: data, count: count)) ? count : refused
  }
}
