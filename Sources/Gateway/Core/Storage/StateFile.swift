// The state file as a command sees it: written out, taken in, encrypted anew, looked over.

import FoundationEssentials
import PluginAPI

public struct StateFile: Sendable {
  public struct Failure: Error, CustomStringConvertible {
    /// One line each.
    public let texts: [String]
    public var description: String { texts.joined(separator: "\n") }

    /// Of the file itself.
    let isDamage: Bool

    init(_ texts: [String]) { (self.texts, isDamage) = (texts, false) }
    init(_ text: String, isDamage: Bool = false) { (texts, self.isDamage) = ([text], isDamage) }
    init(_ error: any Error) {
      isDamage = (error as? Failure)?.isDamage ?? false
      texts = (error as? StateText.Mistakes)?.texts ?? (error as? Failure)?.texts ?? ["\(error)"]
    }
  }
  /// What was done, in words, and what should be done besides.
  public struct Outcome: Sendable, Equatable {
    public var done: String
    public var warnings: [String] = []
  }

  public let path: String
  let config: GatewayConfig

  public init(_ config: GatewayConfig) throws(Failure) {
    guard case .sqlite(let path) = config.store else {
      throw Failure("gateway.state is memory: there is no state file")
    }
    self.path = path
    self.config = config
  }

  /// As text; also beside a gateway that has it open, as it is at this moment.
  public func export(withSecrets: Bool, at date: Date = Date()) throws(Failure) -> String {
    let content = try read { try $0.content() }
    return StateText.written(content, at: date, withSecrets: withSecrets)
  }

  /// Takes in what `export` wrote: all of it, or nothing. What the file names is replaced, and with `replacing` nothing else
  /// stays.
  public func take(_ text: String, of file: String, replacing: Bool) throws(Failure) -> Outcome {
    do {
      let (content, exported) = try StateText.read(text, of: file)
      try write { database in
        try database.transaction {
          if replacing {
            for table in ["held", "source", "plugin_state"] { try database.run("DELETE FROM \(table)") }
          }
          try database.write(content)
          try database.write(StateChanges(values: [.closed: exported.stamp]))
        }
      }
      let secrets = content.values.keys.count(where: \.isSecret)
      return Outcome(
        done: "states of sinks, to be established anew: \(content.held.count); last states of sources: "
          + "\(content.sources.count); values of plugins: \(content.values.count - secrets); secrets: \(secrets)",
        warnings: warnings(content))
    } catch { throw Failure(error) }
  }

  private func warnings(_ content: StateChanges) -> [String] {
    let known = Set(config.plugins.map(\.id) + [GatewayServices.ownID])
    let plugins = Set(
      content.held.keys.map(\.plugin) + content.sources.keys.map(\.plugin) + content.values.keys.map(\.plugin)
    )
    var warnings = plugins.subtracting(known).sorted().map {
      "the configuration has no plugin \($0): what belongs to it waits until there is one"
    }
    let box = try? SecretBox(config.secretsKeys)
    let locked = content.values.filter { name, value in
      name.isSecret && (box?.fit((value ?? nil) ?? []) ?? SecretBox.Fit.none) == SecretBox.Fit.none
    }
    if !locked.isEmpty {
      warnings.append(
        "secrets under a key that is not configured: \(locked.count); name it under gateway.secrets_key "
          + "or gateway.previous_secrets_keys")
    }
    return warnings
  }

  /// Encrypts every secret with `gateway.secrets_key` that still stands under one of `previous_secrets_keys`. Nothing of the
  /// former boxes stays in the file.
  public func rotate() throws(Failure) -> Outcome {
    do {
      let box = try SecretBox(config.secretsKeys)
      guard let key = box.currentID else {
        throw Failure("gateway.secrets_key is not set: there is nothing to encrypt with")
      }
      var (anew, had): (Int, Int) = (0, 0)
      var lost: [String] = []
      try write { database in
        var changes = StateChanges()
        for (name, value) in try database.values(onlySecrets: true) {
          if box.fit(value) == .current {
            had += 1
            continue
          }
          do throws(SecretUnavailable) {
            changes.values[name] = .some(try box.seal(try box.open(value, as: name), as: name))
          } catch { lost.append("\(name.plugin) \(name.name): \(error)") }
        }
        anew = changes.count
        try database.transaction { try database.write(changes) }
        try database.run("VACUUM")
        try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
      }
      if !lost.isEmpty {
        throw Failure(["secrets encrypted anew: \(anew); these are as they were:"] + lost.sorted())
      }
      return Outcome(
        done: "secrets encrypted anew with key \(key): \(anew); had it already: \(had)",
        warnings: config.secretsKeys.previous.isEmpty
          ? [] : ["gateway.previous_secrets_keys is needed no more: take it out of the configuration"])
    } catch { throw Failure(error) }
  }

  /// Only when no gateway has it open.
  private func write(_ body: (SQLiteDatabase) throws -> Void) throws {
    let lock = try StateFileLock(path: path)
    defer { lock.release() }
    do { try body(try SQLiteStore.open(path)) } catch let error as SQLiteError where error.isDamage {
      throw Failure("\(error): move it away first (a starting gateway does the same)")
    }
  }

  /// One moment of it, whoever has it open.
  func read<Result>(_ body: (SQLiteDatabase) throws -> Result) throws(Failure) -> Result {
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure("\(path) is not there: a gateway makes it when it starts")
    }
    do {
      let database = try SQLiteDatabase(path: path, readOnly: true)
      let version = try StateSchema.version(of: database, path: path)
      guard version == StateSchema.version else {
        throw Failure(
          "\(path) is of an older version (schema \(version)): a gateway of this version brings it forward when it starts"
        )
      }
      try database.run("BEGIN")
      return try body(database)
    } catch let error as SQLiteError where error.isDamage {
      throw Failure("\(path): \(error)", isDamage: true)
    } catch { throw Failure(error) }
  }
}

extension SQLiteDatabase {
  func content() throws -> StateChanges {
    var content = StateChanges()
    content.add(try held())
    content.add(try sources())
    content.values = try values().mapValues { .some($0) }
    content.values[.closed] = nil
    return content
  }
}
