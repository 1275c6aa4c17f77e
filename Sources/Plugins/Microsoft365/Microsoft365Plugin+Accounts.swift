// The accounts that read, for the admin page and for `presence-gateway login`.

import PluginAPI

extension Microsoft365Plugin: AccountHolding {
  public func accounts() async -> [AccountStatus] { await wiring.register?.statuses() ?? [] }

  public func addAccount(_ name: String, password: String) async throws(PluginFailure) {
    try await register().add(name, password: password)
  }
  public func addAccount(
    _ name: String, prompt: @escaping @Sendable (SignInPrompt) async -> Void
  ) async throws(PluginFailure) {
    try await register().add(name, prompt: prompt)
  }
  public func removeAccount(_ name: String) async throws(PluginFailure) {
    try await register().remove(name)
  }

  private func register() throws(PluginFailure) -> AccountRegister {
    guard let register = wiring.register else {
      throw PluginFailure(
        .operatorAction(hint: "add `read` with a client_id to plugins.yaml"),
        "\(context.id) has no `read` section")
    }
    return register
  }
}
