// libFuzzer's way into the reader of PBX messages, which sees bytes of strangers before any login. `make fuzz` builds it
// together with Sources/Plugins/PBX/Protocol and runs it under Address Sanitizer.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = Array(UnsafeBufferPointer(start: start, count: count))
  let message = Incoming(text)
  for name in ["info", "mt", ""] {
    guard let value = RawJSON.member(name, of: text) else { continue }
    precondition(value.count <= text.count, "a value longer than its message")
    precondition(RawJSON.compact(value[...]) == value, "compact text is not compact")
  }
  if let message {
    precondition(message.info == nil || message.mt == "AppLogin", "info of another message")
    precondition((message.presence?.count ?? 0) <= count, "more entries than bytes")
  }
  return 0
}
