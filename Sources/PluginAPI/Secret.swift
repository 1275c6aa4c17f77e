// A secret is a reference (`env:NAME`, `file:PATH`); its value is read when needed and never prints.

public struct Secret: Sendable, CustomStringConvertible, CustomReflectable {
  /// The reference as configured, safe to print.
  public let reference: String
  private let read: @Sendable () throws(SecretUnavailable) -> String

  public init(reference: String, read: @escaping @Sendable () throws(SecretUnavailable) -> String) {
    self.reference = reference
    self.read = read
  }

  /// The value now: a changed file is seen at the next call.
  public func reveal() throws(SecretUnavailable) -> String { try read() }

  public var description: String { "secret(\(reference))" }
  public var customMirror: Mirror { Mirror(self, children: ["reference": reference]) }
}

public struct SecretUnavailable: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
