// Dates, durations, forms and limits in the spelling of the services.

import FoundationEssentials
import Testing

@testable import Sandbox

@Suite struct GraphSpellingTests {
  let date = Date(timeIntervalSince1970: 1_795_420_800)

  @Test func `dates are written in the four forms of the services`() {
    #expect(GraphDate.text(date + 0.5) == "2026-11-23T08:00:00.5000000Z")
    #expect(GraphDate.seconds(date) == "2026-11-23T08:00:00")
    #expect(GraphDate.login(date) == "2026-11-23 08:00:00Z")
    #expect(GraphDate.http(date) == "Mon, 23 Nov 2026 08:00:00 GMT")
  }

  @Test(arguments: [
    "2026-11-23T08:00:00Z", "2026-11-23T08:00:00.0000000Z", "2026-11-23T08:00:00.0+00:00",
    "2026-11-23T09:30:00+01:30", "2026-11-23T07:00:00-01:00",
  ])
  func `a date is read with any fraction and zone`(_ text: String) { #expect(GraphDate.parse(text) == date) }

  @Test(arguments: [
    "", "2026-11-23", "2026-11-23T08:00:00", "2026-13-23T08:00:00Z", "2026-11-23 08:00:00Z", "soon",
  ])
  func `anything else is no date`(_ text: String) { #expect(GraphDate.parse(text) == nil) }

  @Test func `durations are ISO 8601 and nothing else`() {
    #expect(GraphDate.duration("PT5M") == 300)
    #expect(GraphDate.duration("PT1H30M") == 5400)
    #expect(GraphDate.duration("P1DT1S") == 86401)
    #expect(GraphDate.duration("PT1.5S") == 1.5)
    let wrong = [
      "", "P", "PT", "P1DT", "5M", "1:05:00", "PT5X", "-PT5M", "PT1M1H", "PT1ST1S", "PT.5S", "PT1.5M", "P1H",
    ]
    for text in wrong { #expect(GraphDate.duration(text) == nil) }
  }

  @Test func `forms decode blanks and escapes once`() {
    #expect(FormFields.decode("a=b+c%20d&e=%2B%3d&f") == ["a": "b c d", "e": "+=", "f": ""])
    #expect(FormFields.percentDecoded("100%", plusIsBlank: false) == "100%")
    #expect(FormFields.percentEncoded("a b:ü") == "a%20b%3a%c3%bc")
  }

  @Test func `the window counts exactly, and says how long to wait`() {
    var window = SlidingWindow(limit: 2, seconds: 30)
    let waits = [0.0, 10, 20, 30, 30].map { window.take(at: date + $0) }
    #expect(waits == [nil, nil, 10, nil, 10])
  }

  @Test func `only https addresses can be posted to`() {
    #expect(PostTarget("https://gw.example:8443/a?b=c")?.uri == "/a?b=c")
    #expect(PostTarget("https://gw.example?x")?.uri == "/?x")
    #expect(PostTarget("HTTPS://gw.example")?.port == 443)
    for text in ["http://a/", "https://", "https:///x", "https://a:99999/", "https://u@h/"] {
      #expect(PostTarget(text) == nil)
    }
  }
}
