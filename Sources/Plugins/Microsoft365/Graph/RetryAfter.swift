// `Retry-After` in the three shapes that Microsoft sends: seconds, seconds with decimals, a date.

import FoundationEssentials
import PluginAPI

/// How long a server asks not to be asked again; a date to wait for is by its own clock, which `now` stands for where it
/// does not tell.
func retryAfter(_ response: HTTPResponse, now: Date) -> Duration? {
  let sent = response.header("Date").flatMap(httpDate) ?? now
  return retryAfter(response.header("Retry-After"), date: sent)
}

/// Nil when the header is absent or unreadable; never negative, at most a day.
func retryAfter(_ text: String?, date: Date) -> Duration? {
  guard let text = text?.trimmed else { return nil }
  let day = 86_400.0
  if let seconds = Double(text) {
    return seconds.isFinite && seconds >= 0 ? .seconds(min(seconds, day)) : nil
  }
  guard let until = httpDate(text) else { return nil }
  return .seconds(min(max(until.timeIntervalSince(date), 0), day))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, the only form servers may send).
func httpDate(_ text: String) -> Date? {
  let words = text.split(separator: " ")
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  guard words.count == 6, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
    let year = Int(words[3])
  else { return nil }
  let clock = words[4].split(separator: ":").compactMap { Int($0) }
  guard clock.count == 3 else { return nil }
  return utcDate(year, month + 1, day, clock[0], clock[1], Double(clock[2]))
}

extension StringProtocol {
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }
}
