// Where a secret comes from: only a reference stands in the configuration, and nothing here prints a value.

import PluginAPI

/// Alive as long as a plugin keeps the `Secret` made from it: a secret that nobody kept need not resolve.
final class SecretSource: Sendable, CustomStringConvertible, CustomReflectable {
  enum Origin: Sendable {
    case environment(name: String, value: String?)
    case file(path: String)
  }
  static let maxFileBytes = 64 << 10
  private let origin: Origin
  init(_ origin: Origin) { self.origin = origin }

  /// A file is read anew at each call, so that a rotated secret is seen; one newline at its end is not part of it.
  func read() throws(SecretUnavailable) -> String {
    switch origin {
    case .environment(let name, let value):
      guard let value else { throw SecretUnavailable("environment variable \(name) is not set") }
      guard !value.isEmpty else { throw SecretUnavailable("environment variable \(name) is empty") }
      return value
    case .file(let path):
      let bytes: [UInt8]
      do { bytes = try BoundedFile.read(path, limit: Self.maxFileBytes) } catch {
        throw SecretUnavailable(error.description)
      }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw SecretUnavailable("file \(path) is not UTF-8 text")
      }
      let value = text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
      guard !value.isEmpty else { throw SecretUnavailable("file \(path) is empty") }
      return value
    }
  }

  func secret() -> Secret {
    Secret(reference: description) { () throws(SecretUnavailable) in try self.read() }
  }

  var description: String {
    switch origin {
    case .environment(let name, _): "env:\(name)"
    case .file(let path): "file:\(path)"
    }
  }
  var customMirror: Mirror { Mirror(self, children: ["reference": description]) }
}
