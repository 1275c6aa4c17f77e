// Subscriptions are listed and ended in one way, whoever made them.

extension GraphClient {
  /// Those that the application has made as this account.
  func subscriptions(
    as signIns: [SignIn], timeout: Duration = .seconds(20)
  ) async throws(GraphError) -> [GraphSubscription] {
    let request = GraphRequest(
      call: .listSubscriptions, method: "GET", target: "/subscriptions", timeout: timeout)
    return try await list(request, of: GraphSubscription.self, as: signIns)
  }

  /// Deleting what is not there is a success.
  func unsubscribe(
    _ id: String, as signIns: [SignIn], timeout: Duration = .seconds(20)
  ) async throws(GraphError) {
    let request = GraphRequest(
      call: .unsubscribe, method: "DELETE", target: "/subscriptions/\(percentEncode(id))", takesBack: true,
      timeout: timeout)
    do { _ = try await send(request, as: signIns) } catch {
      if error.status != 404 { throw error }
    }
  }
}
