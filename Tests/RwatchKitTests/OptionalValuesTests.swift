import RwatchKit
import Testing

@Suite("Values that may be left out")
struct OptionalValuesTests {
    static let table = [
        ("", ""), ("sub a --wait", "sub a --wait=30s"), ("sub --wait=5s a", "sub --wait=5s a"),
        ("--wait keys --enable a", "--wait=30s keys --enable=all a"), ("keys --enable=KEA", "keys --enable=KEA"),
        ("keys -- --enable --wait", "keys -- --enable --wait"), ("pub --waiting", "pub --waiting"),
    ]

    @Test("are filled in before the end of the options", arguments: table)
    func filled(_ given: String, _ expected: String) {
        let words = given.split(separator: " ").map(String.init)
        let filled = OptionalValues.fill(words, defaults: ["--wait": "30s", "--enable": "all"])
        #expect(filled == expected.split(separator: " ").map(String.init))
    }
}
