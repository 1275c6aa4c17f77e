// What loading a configuration file gives: the values, the plugin instances, and everything that is wrong.

import PluginAPI

public struct LoadedConfig: Sendable {
  /// Stand-ins where something is wrong: to be used only when `errors` is empty.
  public let config: GatewayConfig
  /// By id; empty when there are errors.
  public let plugins: [String: any Plugin]
  /// In the order of the file.
  public let errors: [ConfigProblem]
  /// Secrets that a plugin keeps and that cannot be read now: `run` refuses them, `check` warns.
  public let unresolvedSecrets: [ConfigProblem]
  /// What works, but is hardly meant so: mappings that a sink cannot show, or that make no difference there.
  public let warnings: [ConfigProblem]
  /// By plugin id: what a plugin was made from.
  let fingerprints: [String: String]
  private let file: String
  private let root: YAMLNode?

  init(
    config: GatewayConfig, plugins: [String: any Plugin], errors: [ConfigProblem],
    unresolvedSecrets: [ConfigProblem], warnings: [ConfigProblem] = [], fingerprints: [String: String] = [:],
    file: String = "", root: YAMLNode? = nil
  ) {
    self.config = config
    self.plugins = plugins
    self.errors = errors
    self.unresolvedSecrets = unresolvedSecrets
    self.warnings = warnings
    self.fingerprints = fingerprints
    self.file = file
    self.root = root
  }

  /// A mistake that shows only beside what is running, at the place of `path`.
  func problem(_ path: String, _ message: String) -> ConfigProblem {
    ConfigProblem(file: file, place: root?.place(of: path) ?? .start, path: path, message)
  }
}

extension GatewayConfig {
  /// The running instance with this id, if it was made from just this fingerprint and shall stay.
  public typealias Keeping = (_ id: String, _ fingerprint: String) -> (any Plugin)?

  /// Reads the file at `path`; see `load(text:…)`.
  public static func load(
    path: String, environment: [String: String], types: [any Plugin.Type],
    context: @escaping (String) -> PluginContext = OfflineContext.context(id:),
    keeping: @escaping Keeping = { _, _ in nil }
  ) -> LoadedConfig {
    let directory = FilePath.folder(of: path) ?? ""
    let limit = YAMLParser.Limits().bytes
    do throws(BoundedFile.Unreadable) {
      return load(
        bytes: try BoundedFile.read(path, limit: limit + 1), fileName: path, directory: directory,
        environment: environment, types: types, context: context, keeping: keeping)
    } catch {
      let report = ConfigReport(file: path, directory: directory, environment: ConfigEnvironment([:]))
      report.add(.start, "", error.description)
      return ConfigLoad(report: report, types: types, keeping: keeping, context: context).nothing()
    }
  }

  /// - Parameters:
  ///   - fileName: as it shall stand in messages.
  ///   - directory: where relative paths start; empty for the process's own.
  ///   - types: the registered connectors.
  ///   - context: what the plugin with this id is lent, by default one in which nothing happens; `publicURL` is filled in
  ///     from the file where it is nil.
  public static func load(
    text: String, fileName: String, directory: String, environment: [String: String],
    types: [any Plugin.Type], context: @escaping (String) -> PluginContext = OfflineContext.context(id:)
  ) -> LoadedConfig {
    load(
      bytes: Array(text.utf8), fileName: fileName, directory: directory, environment: environment,
      types: types,
      context: context)
  }

  /// As `load(text:…)`, for bytes that may not even be UTF-8.
  public static func load(
    bytes: [UInt8], fileName: String, directory: String, environment: [String: String],
    types: [any Plugin.Type], context: @escaping (String) -> PluginContext = OfflineContext.context(id:),
    keeping: @escaping Keeping = { _, _ in nil }
  ) -> LoadedConfig {
    let (root, problems) = YAMLParser.parse(bytes, file: fileName)
    let report = ConfigReport(
      file: fileName, directory: directory, environment: ConfigEnvironment(environment), problems: problems)
    let load = ConfigLoad(report: report, types: types, keeping: keeping, context: context)
    guard let root else { return load.nothing() }
    return load.read(root)
  }
}
