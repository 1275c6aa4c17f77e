// Addresses as they arrive: what is one, who counts as one client, and who is in a network.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("192.0.2.7:443", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
    ("[::ffff:c000:207]:1", "192.0.2.7"), ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"), ("[2001:db8::7]:65535", "2001:db8::7"), ("::", "::"),
    ("fe80::1%eth0", "fe80::1"), ("[fe80::1%2]:80", "fe80::1"),
    ("1111:2222:3333:4444:5555:6666:7777:8888", "1111:2222:3333:4444:5555:6666:7777:8888"),
  ]) func itIsReadWithAndWithoutAPort(_ text: String, _ address: String) {
    #expect(IPAddress(text)?.description == address && IPAddress(text) == IPAddress(address))
  }

  @Test(arguments: [
    "", " ", "unknown", "_hidden", "localhost", "unix:", "192.0.2", "192.0.2.256", "192.0.2.07", "192.0.2.7:",
    "192.0.2.7:x", "192.0.2.7:123456", " 192.0.2.7", "192.0.2.7 ", "[192.0.2.7]", "[192.0.2.7]:80",
    "2001:db8::7]:80", "[2001:db8::7", "[2001:db8::7]80", "[2001:db8::7]:", "[]", "[]:1", ":",
    "2001:db8::7::1",
    "for=192.0.2.7", "192.0.2.7, 192.0.2.8",
  ]) func everythingElseIsNone(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("192.0.2.1", PeerAddress.v4(0xC000_0201)), ("::ffff:192.0.2.1", .v4(0xC000_0201)),
    ("192.0.2.1:5000", .v4(0xC000_0201)), ("2001:db8:0:1::1", .v6Network(0x2001_0db8_0000_0001)),
    ("[2001:db8:0:1:ffff::2]:443", .v6Network(0x2001_0db8_0000_0001)),
    ("fe80::1%eth0", .v6Network(0xfe80_0000_0000_0000)), ("127.0.0.1", .local), ("127.9.9.9:1", .local),
    ("::1", .local), ("::ffff:127.0.0.1", .local), ("", .local), ("::2", .v6Network(0)),
  ]) func oneClientIsAnAddressOrANetworkOf64Bits(_ text: String, _ address: PeerAddress) {
    #expect(PeerAddress(text) == address)
  }

  @Test(arguments: [
    ("10.1.2.3", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.1.2.2", "::10.1.2.3"]),
    ("10.1.2.3/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "9.255.255.255"]),
    ("10.1.2.4/31", ["10.1.2.4", "10.1.2.5"], ["10.1.2.6", "10.1.2.3"]),
    ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.0.0.1", "ffff::1"]),
    ("2001:db8::1", ["2001:db8::1"], ["2001:db8::2", "2001:db8:0:0:1::1"]),
    ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "10.0.0.1"]),
    ("2001:db8::/72", ["2001:db8::ff:0:0:1"], ["2001:db8::100:0:0:1", "2001:db8:0:1::"]),
    ("::/1", ["::1", "7fff::"], ["8000::", "10.0.0.1"]),
    ("::ffff:10.0.0.0/104", ["10.9.9.9"], ["11.0.0.0"]),
  ]) func aNetworkHasItsAddressesAndNoOthers(_ text: String, _ within: [String], _ beyond: [String]) throws {
    let network = try #require(IPNetwork(text))
    for text in within { #expect(network.contains(try #require(IPAddress(text))), "\(text)") }
    for text in beyond { #expect(!network.contains(try #require(IPAddress(text))), "\(text)") }
  }

  @Test(arguments: [
    "", "proxy.example", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
    "10.0.0.0/9223372036854775807", "10.0.0.0/x",
    "2001:db8::/129",
    // Everybody.
    "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "*",
  ]) func whatIsNoNetworkIsRefused(_ text: String) {
    #expect(IPNetwork(text) == nil)
  }
}
