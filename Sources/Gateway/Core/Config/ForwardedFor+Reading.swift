// The option `trusted_proxies` of a listener: the same for each of them.

import PluginAPI

extension ForwardedFor {
  init(reading listener: ConfigSection) {
    let words = listener.strings(
      "trusted_proxies", "Reverse proxies, by address or network, whose X-Forwarded-For says who comes")
    for (index, word) in words.enumerated() {
      if let network = IPNetwork(word) {
        trusted.append(network)
      } else {
        listener.reject(
          "trusted_proxies[\(index)]",
          "must be an address or a network such as 127.0.0.1 or 10.0.0.0/24, is \(word)")
      }
    }
  }
}
