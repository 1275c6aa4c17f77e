// What outlives the process: the user tables, so that a restarted gateway reads only what changed meanwhile, and the
// users' own entries that are to be given back.

import PluginAPI

extension Switchboard {
  /// Reads back what an earlier process kept; a table with a slice that cannot be read is left out.
  func recall() async {
    if options.borrows {
      for slice in 0..<LoanBook.sliceCount { loans.recall(await context.state.value(LoanBook.name(slice))) }
      for line in homes.values { lines[line]?.session.takeOver(loans: loans.all) }
    }
    guard options.resumeUsers else { return }
    for (domain, mark) in UserArchive.marks(await context.state.value(UserArchive.marksName)) {
      var table: [UserID: PBXUser]? = [:]
      for slice in 0..<UserArchive.sliceCount where table != nil {
        let value = await context.state.value(UserArchive.name(slice, of: domain))
        guard let users = UserArchive.users(value) else {
          table = nil
          break
        }
        for user in users { table?[user.id] = user }
      }
      guard let table, !table.isEmpty, tables[domain] == nil else { continue }
      recalled[domain] = table
      marks[domain] = mark
    }
  }

  /// Writes down what changed since the last call.
  func keep() async {
    await keepLoans()
    for id in homes.values { follow(id) }
    guard options.resumeUsers, archive.isDirty else { return }
    let kept = marks.filter { tables[$0.key] != nil }
    for (name, value) in archive.take(tables) { await context.state.set(value, for: name) }
    await context.state.set(archive.takeMarks(kept), for: UserArchive.marksName)
  }

  /// Returns when it is written: nothing may be written over before. One after the other, so that no older slice is
  /// written over a newer one.
  func keepLoans() async {
    let before = keepingLoans
    let task = Task {
      await before?.value
      for (name, value) in loans.takeDirty() { await context.state.set(value, for: name) }
    }
    keepingLoans = task
    await task.value
  }
}
