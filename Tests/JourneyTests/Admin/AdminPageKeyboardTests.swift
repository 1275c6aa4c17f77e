// The page without a mouse: Tab comes to everything, Enter does it, Escape leaves it, and the focus is never lost.

import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct AdminPageKeyboardTests {
  @Test func everythingIsReachedAndTheFocusStaysWithWhoeverHasIt() async throws {
    try await Journey.run { journey in
      let ada = journey.company.population.people[0]
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.isTitled("Overview")
        try await browser.sees("Everything works", in: "#summary[role=status]")
        try await browser.press("Tab", focuses: "Skip to the content")
        try await browser.press("Enter", focuses: "Overview")

        // A form opens with the focus in it, and gives it back.
        try await browser.tab(to: "Pause teams → pbx")
        try await browser.press("Enter", focuses: "How long")
        try await browser.press("Escape", focuses: "Pause teams → pbx")
        try await browser.press("Enter", focuses: "How long")
        try await browser.tab(to: "Reason")
        try await browser.type("we move house")
        try await browser.press("Enter", focuses: "Resume teams → pbx")
        try await browser.press("Enter", focuses: "Pause teams → pbx")

        // Whoever goes somewhere is there, and is told where.
        try await browser.tab(to: "People")
        try await browser.press("Enter")
        try await browser.isTitled("People")
        try await browser.isFocused("People")
        try await browser.sees("1–6 of 6", in: "[role=status].count")
        try await browser.tab(to: "Search by name")
        try await browser.type(ada.email)
        try await browser.sees("1–1 of 1", in: "[role=status].count")
        try await browser.tab(to: ada.displayName)
        try await browser.press("Enter")
        try await browser.isTitled(ada.displayName)
        try await browser.isFocused(ada.displayName)

        for (page, control) in [
          ("Accounts", "Sign in and add"), ("Events", "Live"), ("Configuration", "secrets_key"),
        ] {
          try await browser.tab(to: page)
          try await browser.press("Enter")
          try await browser.isTitled(page)
          try await browser.sees(page, in: "main h1")
          try await browser.sees(control, in: "main")
          try await browser.tab(to: control)
        }
      }
    }
  }
}
