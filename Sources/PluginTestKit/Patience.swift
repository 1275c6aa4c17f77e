// How long tests wait for what should happen at once, on machines and in builds that are slower than usual.

import FoundationEssentials

/// A factor on every limit of waiting, from the environment's `TEST_PATIENCE` (a whole number; 1 when it is not set).
public enum Patience {
  public static let factor = max(
    1, ProcessInfo.processInfo.environment["TEST_PATIENCE"].flatMap(Int.init) ?? 1)
}
