// The list of accounts: who follows it gets the newest, and what is carried is forgotten with its account.

import PluginAPI
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct ReadingAccountsTests {
  static func account(_ name: String) -> ReadingAccount {
    ReadingAccount(
      name: name, origin: .added,
      signIn: SignIn(
        purpose: .reading, grant: .password(username: name), clientID: "app", scope: "s",
        credential: .secret(TokenTests.secret), required: false))
  }

  @Test func readersGetTheListNowAndWhenItChanges() async {
    let accounts = ReadingAccounts(application: nil, accounts: [Self.account("a")])
    var reader = await accounts.snapshots().makeAsyncIterator()
    #expect(await reader.next() == [Self.account("a")])
    await accounts.replace([Self.account("a")])
    await accounts.replace([Self.account("b")])
    await accounts.replace([Self.account("a"), Self.account("b")])
    #expect(await reader.next() == [Self.account("a"), Self.account("b")], "the newest, nothing between")
  }

  @Test func loadsEndWithTheirAccount() async {
    let accounts = ReadingAccounts(application: nil, accounts: [Self.account("a"), Self.account("b")])
    await accounts.carry(["a": .init(people: 650), "b": .init(people: 3)])
    await accounts.replace([Self.account("b")])
    #expect(await accounts.loads == ["b": .init(people: 3)])
    #expect(await accounts["a"] == nil)
  }
}
