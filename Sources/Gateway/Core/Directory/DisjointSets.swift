// Which numbers have been joined, directly or through others: for matching people by shared values.

struct DisjointSets {
  private var parent: [Int]
  /// Of each root.
  private var joined: [Int: [Int]] = [:]

  init(count: Int) { parent = Array(0..<count) }

  mutating func unite(_ a: Int, _ b: Int) {
    var (big, small) = (root(of: a), root(of: b))
    guard big != small else { return }
    if members(of: big).count < members(of: small).count { swap(&big, &small) }
    joined[big] = members(of: big) + members(of: small)
    joined[small] = nil
    parent[small] = big
  }

  func root(of number: Int) -> Int {
    var number = number
    while parent[number] != number { number = parent[number] }
    return number
  }

  /// Everybody joined with this root, itself included.
  func members(of root: Int) -> [Int] { joined[root] ?? [root] }
}
