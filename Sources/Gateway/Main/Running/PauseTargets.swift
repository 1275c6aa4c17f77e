// What `pause` and `resume` can be about, as it is typed and as the API calls it.

import ArgumentParser
import Gateway

struct RouteArguments: ParsableArguments {
  @Argument(help: "The id of the plugin that the route begins at.") var from: String
  @Argument(help: "The id of the plugin that it ends in.") var to: String

  var words: String { "\(from) → \(to)" }
  var pausePath: String {
    "/api/v1/routes/\(PercentCoding.encoded(from))/\(PercentCoding.encoded(to))/pause"
  }
}

struct PersonArgument: ParsableArguments {
  @Argument(
    help: "Id, e-mail address, user principal name, number or name; a part is enough if it is unique.")
  var person: String
}

extension PersonStory.User {
  var pausePath: String {
    "/api/v1/people/\(PercentCoding.encoded(plugin))/\(PercentCoding.encoded(id.rawValue))/pause"
  }
}
