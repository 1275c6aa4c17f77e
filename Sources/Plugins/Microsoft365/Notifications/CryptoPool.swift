// RSA takes most of a millisecond: it runs on a few threads of its own, never where connections are served.

#if canImport(Glibc)
  import Glibc
#endif

/// As many threads as cores, started at the first use, ended with the pool; a bounded backlog before them.
final class CryptoPool: Sendable {
  private let work: Work

  init(threads: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), backlog: Int = 1024) {
    work = Work(threads: threads, backlog: backlog)
  }
  deinit { work.stop() }

  /// The result of `job`, or nil when the backlog is full.
  func run<Value: Sendable>(_ job: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
      if !work.add({ continuation.resume(returning: job()) }) { continuation.resume(returning: nil) }
    }
  }
}

/// `@unchecked`: everything mutable is only touched while the mutex is held.
private final class Work: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let threads: Int
  private let backlog: Int
  private var jobs: [@Sendable () -> Void] = []
  private var head = 0
  private var started = false
  private var stopping = false

  init(threads: Int, backlog: Int) {
    self.threads = threads
    self.backlog = backlog
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }
  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func add(_ job: @escaping @Sendable () -> Void) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard jobs.count - head < backlog, started || start() else { return false }
    jobs.append(job)
    pthread_cond_signal(condition)
    return true
  }

  func stop() {
    pthread_mutex_lock(mutex)
    stopping = true
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  private func start() -> Bool {
    for _ in 0..<threads {
      var thread = pthread_t()
      let own = Unmanaged.passRetained(self)
      let made = pthread_create(
        &thread, nil,
        { pointer in
          Unmanaged<Work>.fromOpaque(pointer!).takeRetainedValue().serve()
          return nil
        }, own.toOpaque())
      if made == 0 {
        pthread_detach(thread)
        started = true
      } else {
        own.release()
      }
    }
    return started
  }

  private func serve() {
    while let job = take() { job() }
  }

  /// The next job, or nil when the pool is gone and everything is done.
  private func take() -> (@Sendable () -> Void)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while head == jobs.count {
      if stopping { return nil }
      pthread_cond_wait(condition, mutex)
    }
    let job = jobs[head]
    head += 1
    if head == jobs.count || head > 4096 {
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }
}
