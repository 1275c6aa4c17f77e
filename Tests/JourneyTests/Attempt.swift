// What a test has started ends, whatever comes of the test: `defer` cannot wait.

func attempt<Value>(
  _ body: () async throws -> Value, afterwards end: () async -> Void
) async throws -> Value {
  let value: Value
  do { value = try await body() } catch {
    await end()
    throw error
  }
  await end()
  return value
}
