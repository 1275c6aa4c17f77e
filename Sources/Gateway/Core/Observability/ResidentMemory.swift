// How much memory the process really holds: shown on the admin page and measured against the budget.

#if canImport(Glibc)
  import CMalloc
  import Glibc
#endif

public enum ResidentMemory {
  /// Bytes in physical memory (proc(5), second field of `/proc/self/statm`); nil where there is no `/proc`.
  public static func bytes() -> Int? {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let text = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
      String(
        decoding: UnsafeRawBufferPointer(buffer).prefix(max(0, read(file, buffer.baseAddress, 256))),
        as: UTF8.self)
    }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// After something large that was needed for a moment only: the C library keeps the pages otherwise.
  public static func giveBack() { malloc_trim(0) }
}
