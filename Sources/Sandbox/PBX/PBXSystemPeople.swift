// What simulated humans and administrators do to the PBX. People are named by their number in the population;
// somebody who was removed is passed over.

extension PBXSystem {
  // MARK: Humans

  /// The desk phone rings: nobody's presence shows it.
  public func ring(person: Int) { phone(person, .ringing) }
  /// The person talks on the desk phone.
  public func startCall(person: Int) { phone(person, .connected) }
  /// The other end is put on hold.
  public func holdCall(person: Int) { phone(person, .held) }
  public func endCall(person: Int) { phone(person, .idle) }

  /// The person chooses a presence (RFC 4480 activity or `dnd`; empty: available) with a note.
  public func choosePresence(person: Int, activity: String, note: String = "") {
    setPresence(person, contact: "tel:", activity: activity, note: note)
  }

  /// The calendar says something about the person; an empty activity ends the appointment.
  public func setCalendar(person: Int, activity: String, note: String = "") {
    setPresence(person, contact: "calendar:", activity: activity, note: note)
  }

  // MARK: Administrators

  public func add(_ user: PBXUser) { spread(world.add(user)) }
  public func remove(person: Int) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.remove(guid: guid))
  }
  public func rename(person: Int, sip: String? = nil, displayName: String? = nil) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.rename(guid: guid, sip: sip, displayName: displayName))
  }
  /// Homes the person on another PBX.
  public func move(person: Int, to pbx: String) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.move(guid: guid, to: pbx))
  }
  /// Gives the App object visibility of the person, or takes it away.
  public func setAllowed(person: Int, _ allowed: Bool) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.setAllowed(guid: guid, allowed))
  }

  /// Puts the person into these groups.
  public func setGroups(person: Int, _ groups: [String]) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.change(guid: guid) { $0.groups = groups })
  }
  /// Gives the person these licences and no others; nobody is told.
  public func setLicences(person: Int, _ licences: Set<String>) {
    guard let guid = world.user(person: person)?.guid else { return }
    _ = world.change(guid: guid) { $0.licences = licences }
  }

  // MARK: Looking

  /// What is still there under `contact`, and the alien calls.
  public func leftovers(contact: String) -> PBXLeftovers { world.leftovers(contact: contact) }

  /// What a colleague sees, such as `tel: on-the-phone`, `teams: busy` or `available`; nil for nobody.
  public func visibleState(person: Int) -> String? {
    world.user(person: person).map { world.visibleState(guid: $0.guid) }
  }

  private func phone(_ person: Int, _ phone: PBXUser.DeskPhone) {
    guard let guid = world.user(person: person)?.guid else { return }
    spread(world.setPhone(guid: guid, phone))
  }

  private func setPresence(_ person: Int, contact: String, activity: String, note: String) {
    guard let guid = world.user(person: person)?.guid,
      world.setPresence(guid: guid, contact: contact, activity: activity, note: note)
    else { return }
    spread([.presence(guid: guid)])
  }
}
