// The one thread that owns libcurl: requests come in through a bounded inbox, everything else stays here.

import CCurl
import PluginAPI

#if canImport(Glibc)
  import Glibc
#endif

/// `@unchecked`: besides the inbox, which has its lock, and `multi`, of which other threads use only
/// `curl_multi_wakeup`, everything belongs to the thread that `run` occupies.
final class CurlDriver: @unchecked Sendable {
  enum Command {
    case start(CurlTransfer)
    case cancel(CurlTransfer)
    /// Ends when nothing is under way, at the latest after the grace; then calls back.
    case shutdown(grace: Duration, ended: @Sendable () -> Void)
  }
  private struct Inbox {
    var commands: [Command] = []
    var accepts = true
    var isAlive = true
    var requests = 0
  }

  private static let globalInit: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()
  private static let maxIdleHandles = 64

  private let options: CurlOptions
  private let metrics: CurlMetrics
  private let inbox = Locked(Inbox())
  private let multi: UnsafeMutableRawPointer
  private var running: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var idleHandles: [UnsafeMutableRawPointer] = []
  /// No deadline is earlier: looked at again only when it has passed.
  private var earliestDeadline: ContinuousClock.Instant?
  private var closing: (deadline: ContinuousClock.Instant, ended: [@Sendable () -> Void])?
  private var finished = 0

  init(_ options: CurlOptions, _ metrics: CurlMetrics) {
    _ = Self.globalInit
    guard let multi = curl_multi_init() else { preconditionFailure("no memory for libcurl") }
    self.options = options
    self.metrics = metrics
    self.multi = multi
    ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.maxHostConnections)
    ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.maxConnections)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.maxConnections)
  }

  func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<CurlDriver>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context)
    precondition(code == 0, "no thread for libcurl")
    pthread_detach(thread)
  }

  /// Nil when the command was taken.
  func submit(_ command: Command) -> HTTPClientError? {
    inbox.withLock { inbox in
      guard inbox.isAlive else { return .cancelled }
      switch command {
      case .start:
        guard inbox.accepts else { return .cancelled }
        guard inbox.requests < options.maxRequests else {
          return .cannotConnect("\(options.maxRequests) requests are under way already")
        }
        inbox.requests += 1
      case .cancel: break
      case .shutdown: inbox.accepts = false
      }
      inbox.commands.append(command)
      if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
      return nil
    }
  }

  private func run() {
    while true {
      takeCommands()
      var active: Int32 = 0
      curl_multi_perform(multi, &active)
      takeResults()
      endOverdue()
      settle()
      if closing != nil, running.isEmpty, endThread() { return }
      curl_multi_poll(multi, nil, 0, waitMilliseconds(), nil)
    }
  }

  private func takeCommands() {
    var commands: [Command] = []
    inbox.withLock { swap(&$0.commands, &commands) }
    for command in commands {
      switch command {
      case .start(let transfer): start(transfer)
      case .cancel(let transfer):
        transfer.isCancelled = true
        if let easy = running.first(where: { $0.value === transfer })?.key { end(easy, .failure(.cancelled)) }
      case .shutdown(let grace, let ended):
        let deadline = ContinuousClock.now + grace
        closing = (min(closing?.deadline ?? deadline, deadline), (closing?.ended ?? []) + [ended])
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
      }
    }
  }

  private func start(_ transfer: CurlTransfer) {
    if transfer.isCancelled { return finish(transfer, .failure(.cancelled)) }
    guard let easy = idleHandles.popLast() ?? curl_easy_init() else {
      return finish(transfer, .failure(.cannotConnect("no memory for libcurl")))
    }
    if let error = CurlHandle(easy: easy).prepare(transfer, options) {
      recycle(easy)
      return finish(transfer, .failure(error))
    }
    running[easy] = transfer
    guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
      return end(easy, .failure(.invalidRequest("libcurl does not take the request")))
    }
    earliestDeadline = min(earliestDeadline ?? transfer.deadline, transfer.deadline)
  }

  private func takeResults() {
    var queued: Int32 = 0
    while let message = curl_multi_info_read(multi, &queued)?.pointee {
      guard message.msg == CURLMSG_DONE, let easy = message.easy_handle, let transfer = running[easy] else {
        continue
      }
      let handle = CurlHandle(easy: easy)
      metrics.connectionsOpened(handle.number(CURLINFO_NUM_CONNECTS))
      guard message.data.result != CURLE_OK else {
        end(easy, .success(transfer.response(status: handle.number(CURLINFO_RESPONSE_CODE))))
        continue
      }
      let failure = CurlFailure(
        code: message.data.result, text: String(cString: transfer.errorText),
        connectStatus: handle.number(CURLINFO_HTTP_CONNECTCODE), exceededLimit: transfer.exceededLimit)
      end(easy, .failure(failure.error(for: transfer.request)))
    }
  }

  private func endOverdue() {
    guard let earliest = earliestDeadline else { return }
    let now = ContinuousClock.now
    guard now >= earliest else { return }
    let mustEnd = closing.map { now >= $0.deadline } ?? false
    earliestDeadline = closing?.deadline
    for (easy, transfer) in running {
      if transfer.deadline <= now {
        end(easy, .failure(.timedOut))
      } else if mustEnd {
        end(easy, .failure(.cancelled))
      } else {
        earliestDeadline = min(earliestDeadline ?? transfer.deadline, transfer.deadline)
      }
    }
  }

  private func end(_ easy: UnsafeMutableRawPointer, _ outcome: CurlTransfer.Outcome) {
    curl_multi_remove_handle(multi, easy)
    let transfer = running.removeValue(forKey: easy)
    recycle(easy)
    if let transfer { finish(transfer, outcome) }
  }

  private func finish(_ transfer: CurlTransfer, _ outcome: CurlTransfer.Outcome) {
    finished += 1
    metrics.finished(outcome, after: .now - transfer.started)
    transfer.finish(outcome)
  }

  private func recycle(_ easy: UnsafeMutableRawPointer) {
    guard idleHandles.count < Self.maxIdleHandles else { return curl_easy_cleanup(easy) }
    curl_easy_reset(easy)
    idleHandles.append(easy)
  }

  /// Makes room for as many requests as have ended.
  private func settle() {
    guard finished > 0 else { return }
    let requests = inbox.withLock { inbox in
      inbox.requests -= finished
      return inbox.requests
    }
    metrics.underWay(requests)
    finished = 0
  }

  /// libcurl's own timers and the inbox end the wait earlier.
  private func waitMilliseconds() -> Int32 {
    guard let earliestDeadline else { return 60_000 }
    return Int32(clamping: max(0, min(60_000, (earliestDeadline - .now).nanoseconds / 1_000_000 + 1)))
  }

  /// False when a command came in at the last moment.
  private func endThread() -> Bool {
    let ended = inbox.withLock { inbox in
      if inbox.commands.isEmpty { inbox.isAlive = false }
      return !inbox.isAlive
    }
    guard ended else { return false }
    for easy in idleHandles { curl_easy_cleanup(easy) }
    curl_multi_cleanup(multi)
    for ended in closing?.ended ?? [] { ended() }
    return true
  }
}
