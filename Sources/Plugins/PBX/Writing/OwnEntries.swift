// With `contact: tel:` the gateway writes where the users write: their own entry is remembered and given back.

import PluginAPI

/// A user's own entry while ours stands in its place.
struct BorrowedEntry: Sendable, Hashable, Codable {
  /// What the user had chosen, and gets back.
  var own: ContactEntry
  /// What we wrote, the newest first; the one before may still be on its way through the PBX.
  var ours: [ContactEntry]
  /// Given back, but the presence list has not shown it yet.
  var isReturning = false
}

/// The entries of one PBX's users. Everything the list says is compared with what was written, because nothing tells
/// who wrote it: what is neither ours nor the old one is the user's new choice, and stands.
struct OwnEntries: Sendable {
  let contact: String
  private var known: [UserID: ContactEntry] = [:]
  private var borrowed: [UserID: BorrowedEntry] = [:]
  private var changed: [UserID: BorrowedEntry?] = [:]

  init(contact: String) { self.contact = contact.lowercased() }

  func isBorrowed(_ user: UserID) -> Bool { borrowed[user].map { !$0.isReturning } ?? false }

  /// The list with the user's own entry where ours stands.
  mutating func read(_ entries: [PresenceEntry], of user: UserID) -> [PresenceEntry] {
    let mine = entries.indices.filter { entries[$0].contact.lowercased() == contact }
    // During a call the PBX may show on-the-phone in the place of the entry: that tells nothing about it.
    guard let index = mine.first(where: { !PresenceReading.isCall(entries[$0]) }) else {
      if mine.isEmpty { return see(ContactEntry(), user) == nil ? entries : entries + [entry(user)] }
      return borrowed[user] == nil ? entries : entries + [entry(user)]
    }
    let seen = ContactEntry(activity: entries[index].activity, note: entries[index].note)
    guard see(seen, user) != nil else { return entries }
    var list = entries
    list[index] = entry(user)
    return list
  }

  /// Before something is written over the user's entry. False when it is not known, and must not be overwritten.
  mutating func lend(_ user: UserID, to entry: ContactEntry) -> Bool {
    if var loan = borrowed[user] {
      loan.ours = [entry] + loan.ours.filter { $0 != entry }.prefix(1)
      loan.isReturning = false
      note(loan, user)
      return true
    }
    guard let own = known[user] else { return false }
    if own != entry { note(BorrowedEntry(own: own, ours: [entry]), user) }
    return true
  }

  /// What to write to give the entry back; nil when nothing is borrowed.
  func toGiveBack(_ user: UserID) -> ContactEntry? {
    borrowed[user].flatMap { $0.isReturning ? nil : $0.own }
  }

  mutating func gaveBack(_ user: UserID) {
    guard var loan = borrowed[user] else { return }
    loan.isReturning = true
    note(loan, user)
  }

  // MARK: Across connections and restarts

  mutating func take(over loans: [UserID: BorrowedEntry]) { borrowed.merge(loans) { $1 } }

  /// What changed since the last call; nil: nothing is borrowed any more.
  mutating func takeChanges() -> [UserID: BorrowedEntry?] {
    if changed.isEmpty { return [:] }
    defer { changed = [:] }
    return changed
  }

  /// The loan, when the entry is ours and the own one has to be read in its place.
  private mutating func see(_ seen: ContactEntry, _ user: UserID) -> BorrowedEntry? {
    guard let loan = borrowed[user] else {
      known[user] = seen
      return nil
    }
    if seen == loan.own {
      // Either what was there before our write, still on its way, or the end of the loan.
      guard loan.isReturning else { return nil }
    } else if loan.ours.contains(seen) {
      return loan
    }
    known[user] = seen
    note(nil, user)
    return nil
  }

  private func entry(_ user: UserID) -> PresenceEntry {
    let own = borrowed[user]?.own ?? ContactEntry()
    return PresenceEntry(contact: contact, activity: own.activity, note: own.note)
  }

  private mutating func note(_ loan: BorrowedEntry?, _ user: UserID) {
    guard borrowed[user] != loan else { return }
    borrowed[user] = loan
    changed[user] = .some(loan)
  }
}
