// Collects everything wrong with one file while it is read, so that all of it is told at once.

import PluginAPI

/// What the readers of one file share: where it lies, the environment, and what was found.
final class ConfigReport: Sendable {
  private struct TrackedSecret {
    weak var source: SecretSource?
    let place: YAMLNode.Place
    let path: String
  }
  private struct State {
    var problems: [ConfigProblem] = []
    var warnings: [ConfigProblem] = []
    var secrets: [TrackedSecret] = []
  }

  /// More than this is no help to anybody.
  static let maxProblems = 200
  let file: String
  /// Of the file: relative paths start here.
  let directory: String
  let environment: ConfigEnvironment
  private let state: Locked<State>

  init(file: String, directory: String, environment: ConfigEnvironment, problems: [ConfigProblem] = []) {
    self.file = file
    self.directory = directory
    self.environment = environment
    state = Locked(State(problems: problems))
  }

  /// `once`: only when nothing is reported there yet, as for an option that is read in several ways.
  func add(_ place: YAMLNode.Place, _ path: String, _ message: String, once: Bool = false) {
    add(ConfigProblem(file: file, place: place, path: path, message), once: once)
  }

  /// May be about another file that this one names.
  func add(_ new: ConfigProblem, once: Bool = false) {
    state.withLock { state in
      guard state.problems.count < Self.maxProblems else { return }
      let isKnown = state.problems.contains { old in
        old == new || once && (old.line, old.column, old.path) == (new.line, new.column, new.path)
      }
      if !isKnown { state.problems.append(new) }
    }
  }

  func warn(_ place: YAMLNode.Place, _ path: String, _ message: String) {
    state.withLock { $0.warnings.append(ConfigProblem(file: file, place: place, path: path, message)) }
  }

  func track(_ source: SecretSource, at place: YAMLNode.Place, path: String) {
    state.withLock { $0.secrets.append(.init(source: source, place: place, path: path)) }
  }

  /// In the order of the file.
  var problems: [ConfigProblem] { sorted(state.withLock { $0.problems }) }
  var warnings: [ConfigProblem] { sorted(state.withLock { $0.warnings }) }

  /// The secrets that somebody still keeps and that cannot be read now.
  func unresolvedSecrets() -> [ConfigProblem] {
    let secrets = state.withLock { $0.secrets }
    return sorted(
      secrets.compactMap { secret -> ConfigProblem? in
        guard let source = secret.source else { return nil }
        do throws(SecretUnavailable) {
          _ = try source.read()
          return nil
        } catch {
          return ConfigProblem(file: file, place: secret.place, path: secret.path, error.description)
        }
      })
  }

  func resolve(path: String) -> String {
    path.hasPrefix("/") || directory.isEmpty || directory == "." ? path : "\(directory)/\(path)"
  }

  /// This file first.
  private func sorted(_ problems: [ConfigProblem]) -> [ConfigProblem] {
    problems.enumerated().sorted { a, b in
      let (foreignA, foreignB) = (a.element.file == file ? 0 : 1, b.element.file == file ? 0 : 1)
      return (foreignA, a.element.line, a.element.column, a.offset)
        < (foreignB, b.element.line, b.element.column, b.offset)
    }.map(\.element)
  }
}
