// The people as a table for spreadsheets (RFC 4180), part by part.

import FoundationEssentials
import PluginAPI

enum PeopleCSV {
  static let head = "name,standing,reason,system,user,email,presence,reported at,requested,held,problem\r\n"

  /// One line for each system that knows the person.
  static func lines(_ people: [PersonJSON]) -> [UInt8] {
    var text = ""
    for person in people {
      for side in person.sides {
        let problem = person.problems.first { $0.plugin == side.plugin }
        let cells = [
          person.name, person.standing.rawValue, person.reason ?? "", side.plugin, side.user,
          side.identities.first { $0.kind == "email" }?.value ?? "", words(side.presence),
          side.reportedAt.map(time) ?? "", words(side.requested), words(side.held), problem?.reason ?? "",
        ]
        text += cells.map(cell).joined(separator: ",") + "\r\n"
      }
    }
    return Array(text.utf8)
  }

  private static func time(_ date: Date) -> String {
    WallTime(date).rfc3339
  }

  private static func words(_ presence: Presence?) -> String {
    guard let presence else { return "" }
    return PresenceWords.text(presence)
  }

  /// A cell that a spreadsheet would take for a formula gets a quote before it.
  static func cell(_ text: String) -> String {
    var text = text
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { text = "'" + text }
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
