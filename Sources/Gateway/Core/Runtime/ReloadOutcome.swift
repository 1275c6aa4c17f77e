// What became of a look at the configuration file.

public enum ReloadOutcome: Sendable, Equatable {
  /// It says what runs.
  case unchanged
  /// What is other than before, one clause each.
  case changed([String])
  /// Everything goes on as before.
  case refused([ConfigProblem])
}
