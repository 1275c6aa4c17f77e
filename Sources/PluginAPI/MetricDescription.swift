// What one metric means: the HELP line of `/metrics` and the row of the documentation are both this.

public struct MetricDescription: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable { case counter, gauge, histogram }
  /// `presence_gateway_<type>_…`, with the unit and `_total` at its end as Prometheus has it.
  public let name: String
  public let kind: Kind
  public let labels: [String]
  /// One sentence, with the unit where the name does not say it.
  public let meaning: String

  public init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ meaning: String) {
    self.name = name
    self.kind = kind
    self.labels = labels
    self.meaning = meaning
  }
}
