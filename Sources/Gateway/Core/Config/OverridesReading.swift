// Reads the file of `people.overrides`: a column for each plugin, one for the action, and one for the reason.

extension PeopleOverrides {
  private static let actionColumn = "action"
  private static let reasonColumn = "reason"

  /// The file at `path`; see `read(_:file:plugins:report:)`.
  static func read(_ path: String, plugins: [String], report: (ConfigProblem) -> Void) -> PeopleOverrides {
    do throws(BoundedFile.Unreadable) {
      let bytes = try BoundedFile.read(path, limit: 16 << 20)
      return read(bytes, file: path, plugins: plugins, report: report)
    } catch {
      report(ConfigProblem(file: path, place: .start, error.description))
      return PeopleOverrides()
    }
  }

  /// `plugins` are the ids that may be columns. All that is wrong is reported with its place in the text.
  static func read(_ bytes: [UInt8], file: String, plugins: [String], report: (ConfigProblem) -> Void)
    -> PeopleOverrides
  {
    func reject(_ place: YAMLNode.Place, _ message: String) {
      report(ConfigProblem(file: file, place: place, message))
    }
    let rows: [[CSVText.Field]]
    do throws(CSVText.Broken) { rows = try CSVText.rows(bytes) } catch {
      reject(error.place, error.message)
      return PeopleOverrides()
    }
    guard let header = rows.first else {
      reject(.start, "is empty: the first line names the columns, such as \(example(plugins))")
      return PeopleOverrides()
    }
    let names = header.map { $0.text.lowercased() }
    guard check(header, names, plugins: plugins, reject) else { return PeopleOverrides() }
    var overrides = PeopleOverrides()
    var seen: [Named: Int] = [:]
    for fields in rows.dropFirst() {
      guard let row = row(fields, names, seen: &seen, reject) else { continue }
      overrides.rows.append(row)
    }
    return overrides
  }

  private static func example(_ plugins: [String]) -> String {
    (plugins + [actionColumn, reasonColumn]).joined(separator: ",")
  }

  private static func check(
    _ header: [CSVText.Field], _ names: [String], plugins: [String],
    _ reject: (YAMLNode.Place, String) -> Void
  ) -> Bool {
    var isSound = true
    let known = plugins + [actionColumn, reasonColumn]
    for (index, field) in header.enumerated() {
      if !known.contains(names[index]) {
        let list = known.joined(separator: ", ")
        reject(field.place, "column \"\(field.text)\" is none of \(list)\(near(names[index], in: known))")
        isSound = false
      } else if names[..<index].contains(names[index]) {
        reject(field.place, "column \"\(field.text)\" is there twice")
        isSound = false
      }
    }
    if isSound, !names.contains(actionColumn) || !names.contains(where: plugins.contains) {
      let place = header.first?.place ?? .start
      reject(place, "the first line names the columns, such as \(example(plugins))")
      isSound = false
    }
    return isSound
  }

  private static func row(
    _ fields: [CSVText.Field], _ names: [String], seen: inout [Named: Int],
    _ reject: (YAMLNode.Place, String) -> Void
  ) -> Row? {
    let place = fields[0].place
    guard fields.count <= names.count else {
      reject(fields[names.count].place, "has more fields than there are columns (\(names.count))")
      return nil
    }
    let cells = zip(names, fields).filter { !$1.text.isEmpty }
    let action = cells.first { $0.0 == actionColumn }?.1
    let reason = cells.first { $0.0 == reasonColumn }?.1.text
    var users: [Named] = []
    var isSound = true
    for (name, field) in cells where name != actionColumn && name != reasonColumn {
      let named = Named(plugin: name, user: field.text)
      let key = Named(plugin: name, user: field.text.lowercased())
      if let line = seen.updateValue(place.line, forKey: key) {
        reject(field.place, "\(field.text) is named in line \(line) already")
        isSound = false
      }
      users.append(named)
    }
    switch action?.text.lowercased() {
    case "match":
      guard isSound else { return nil }
      if users.count >= 2 { return Row(line: place.line, users: users, action: .match) }
      reject(place, "match needs a user of two plugins at least")
    case "exclude":
      guard isSound else { return nil }
      let text = reason ?? "excluded by line \(place.line) of people.overrides"
      if !users.isEmpty { return Row(line: place.line, users: users, action: .exclude(reason: text)) }
      reject(place, "exclude needs a user")
    case let word?:
      let near = near(word, in: ["match", "exclude"])
      reject(action?.place ?? place, "action must be match or exclude, is \(word)\(near)")
    case nil: reject(place, "has no action: match or exclude")
    }
    return nil
  }
}
