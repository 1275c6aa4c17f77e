// What a dry run would have written, by the API: the same as its report at the end.

import PluginAPI

extension AdminSite {
  func shadowReport(_ call: WebCall) async throws(APIProblem) -> WebAnswer {
    guard let shadow = core.shadow else {
      throw APIProblem(404, "this is no dry run", "Start the gateway with run --shadow.")
    }
    let limit = try APIQuery(call).number("limit", default: 200, in: 1...1000)
    return .whole(.json(await ShadowReport(shadow.snapshot(), core: core, limit: limit)))
  }
}
