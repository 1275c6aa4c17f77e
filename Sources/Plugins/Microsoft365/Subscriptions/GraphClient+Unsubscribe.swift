// Subscriptions are ended in one way, whoever made them.

extension GraphClient {
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
