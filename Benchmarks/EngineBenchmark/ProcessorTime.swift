// Seconds that this thread has computed: what others do on a shared machine counts less than with a watch.

import Glibc

enum ProcessorTime {
  static func of(_ work: () throws -> Void) rethrows -> Double {
    let begin = now()
    try work()
    return now() - begin
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
