// `presence-gateway pbx create-app`: the App object in the PBX, made or told field by field.

import ArgumentParser
import Connectors
import Gateway
import PBX
import PluginAPI

struct PBXCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pbx", abstract: "Sets up an innovaphone PBX.", subcommands: [CreateAppCommand.self])
}

struct CreateAppCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create-app", abstract: "Creates the App object for this gateway in a PBX.",
    discussion:
      "Needs another App object of that PBX with Admin ticked, whose password is read from the environment variable "
      + "PBX_ADMIN_PASSWORD. Without --pbx, or where the PBX does not allow it, prints what to type instead.")

  @Option(
    help: ArgumentHelp(
      "The PBX's host, or the whole URL of its WebSocket (wss://…/PBX0/APPS/websocket).", valueName: "host"))
  var pbx: String?
  @Option(
    name: .customLong("as"),
    help: ArgumentHelp("The App object with Admin ticked in whose name the PBX is changed.", valueName: "app")
  )
  var administrator: String?
  @Option(help: ArgumentHelp("PEM file with authorities to trust for the PBX.", valueName: "file"))
  var trust: String?
  @Option(help: "The object's SIP name; by default app.name, or app of the entry under connect.")
  var sip: String?
  @Option(help: "The object's long name; by default its SIP name.") var name: String?
  @Flag(help: "Let those who are given the App see its tile in myApps.") var visible = false
  @Flag(help: "Change an object of that SIP name, if there is one.") var replace = false
  @Flag(name: .customLong("print"), help: "Only print what to type; nothing is dialled.")
  var onlyPrints = false
  @Option(
    help: ArgumentHelp("The plugin's id in the configuration, when there are several.", valueName: "id"))
  var plugin: String?
  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  func run() async throws {
    let environment = processEnvironment()
    let single: SinglePlugin
    do throws(SinglePlugin.Failure) {
      single = try SinglePlugin(
        ofType: PBXPlugin.type, id: plugin, config: config, environment: environment,
        types: registeredPlugins)
    } catch { throw failure(error) }
    let reason = await create(with: single.plugin, environment["PBX_ADMIN_PASSWORD"])
    await single.close()
    if let reason { throw failure(reason) }
  }

  /// Why it could not be done.
  private func create(with plugin: any Plugin, _ password: String?) async -> String? {
    guard let plugin = plugin as? PBXPlugin else { return "not a PBX" }
    do throws(PluginFailure) {
      let app = try plugin.appObject(name: name, sip: sip, isHidden: !visible, in: pbx)
      guard let pbx, !onlyPrints else {
        tell(app.instructions + "\n" + app.nextSteps)
        return nil
      }
      guard let administrator, let password, !password.isEmpty else {
        tell(app.instructions + "\n" + app.nextSteps)
        return "to do it from here, name an App object with Admin ticked (--as) and set PBX_ADMIN_PASSWORD"
      }
      do throws(PluginFailure) {
        try await plugin.create(
          app, as: PBXAdministrator(pbx: pbx, trust: trust, app: administrator, password: password),
          replacing: replace)
        tell("✓ the App object \(app.sip) is in the PBX \(pbx)\n\n" + app.nextSteps)
        return nil
      } catch {
        tell(app.instructions + "\n" + app.nextSteps)
        return error.description
      }
    } catch { return error.description }
  }
}
