// Exceptions to the matching rules by the API: as they are, what others would change, and others instead.

import FoundationEssentials
import PluginAPI

extension AdminSite {
  private struct Text: Decodable { let csv: String }

  func overridesNow(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    .whole(.json(try overrides.current()))
  }

  func previewOverrides(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let text: Text = try decode(call)
    return .whole(.json(await overrides.preview(text.csv)))
  }

  func replaceOverrides(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    let text: Text = try decode(call)
    let idle: String?
    do throws(APIProblem) { idle = try await overrides.apply(text.csv) } catch {
      audit.refused("replace the exceptions", call, error.reason)
      throw error
    }
    audit.done("replace the exceptions", call, detail: idle)
    if let idle { throw APIProblem(409, idle, "Correct plugins.yaml: then the exceptions count too.") }
    return .whole(WebResponse(204))
  }
}
