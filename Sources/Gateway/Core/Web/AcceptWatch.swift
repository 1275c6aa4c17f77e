// Connections that the system does not let us accept: said once a minute, because every client waits and nobody else
// would tell.

import Logging
import NIOCore

final class AcceptWatch: ChannelInboundHandler {
  typealias InboundIn = any Channel
  private static let pause: TimeAmount = .minutes(1)
  private let service: WebService
  private var silentUntil = NIODeadline.uptimeNanoseconds(0)

  init(_ service: WebService) { self.service = service }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    service.metrics.rejected("accept")
    let now = NIODeadline.now()
    guard now >= silentUntil else { return }
    silentUntil = now + Self.pause
    service.logger.warning(
      "cannot accept connections",
      metadata: [
        "reason": "\((error as? IOError)?.description ?? "\(error)")",
        "open_files_limit": "\(OpenFiles.limit)",
      ])
  }
}
