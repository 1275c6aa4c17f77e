// How fast and how wide a plugin may be asked.

public struct Limits: Sendable, Hashable {
  /// Items in one call.
  public var maxBatch: Int
  /// Calls under way at once.
  public var maxInFlight: Int
  /// At most `requests` items in each `interval` (token bucket; nil: no limit).
  public var rate: Rate?

  public struct Rate: Sendable, Hashable {
    public var requests: Int
    public var interval: Duration
    public init(_ requests: Int, per interval: Duration) {
      self.requests = requests
      self.interval = interval
    }
  }

  public init(maxBatch: Int = 1, maxInFlight: Int = 1, rate: Rate? = nil) {
    self.maxBatch = maxBatch
    self.maxInFlight = maxInFlight
    self.rate = rate
  }
}
