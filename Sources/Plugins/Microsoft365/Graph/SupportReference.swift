// What names one answer at Microsoft's support, at the end of a reason: repeats of a failure differ in it alone.

struct SupportReference: Sendable, CustomStringConvertible {
  /// ` (request-id …)`, ` (trace …, 2026-11-24 08:00:00Z)`; empty where Microsoft gave none.
  let description: String

  init(requestID: String?) { description = requestID.map { " (\(Self.request) \($0))" } ?? "" }
  init(traceID: String?, timestamp: String?) {
    description = traceID.map { " (\(Self.trace) \($0)\(timestamp.map { ", \($0)" } ?? ""))" } ?? ""
  }
  private static let request = "request-id"
  private static let trace = "trace"

  /// What is left of a reason: the same for the same trouble.
  static func removed(from reason: String) -> String {
    guard reason.hasSuffix(")") else { return reason }
    for word in [request, trace] {
      if let start = reason.ranges(of: " (\(word) ").last?.lowerBound { return String(reason[..<start]) }
    }
    return reason
  }
}
