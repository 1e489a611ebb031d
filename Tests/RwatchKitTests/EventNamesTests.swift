import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Names of events", .tags(.unit))
struct EventNamesTests {
    @Test(
        "are understood as people write them",
        arguments: [
            ("set", ["set"]), ("set,del", ["set", "del"]), ("set, del", ["set", "del"]),
            (" SET ,Del\t", ["set", "del"]),
            ("json.set", ["json.set"]), ("JSON.SET", ["JSON.SET"]), ("frobnicated", ["frobnicated"]),
        ] as [(String, [RedisBytes])]
    )
    func understood(text: String, names: [RedisBytes]) throws {
        #expect(try EventNames.parse(text) == names)
    }

    @Test(
        "that resemble a known one are refused with it",
        arguments: [
            ("sett", .unknown("sett", suggestion: "set")), ("set,epxired", .unknown("epxired", suggestion: "expired")),
            ("", .empty), ("set,", .empty), (",", .empty), ("set,,del", .empty), (" ", .empty),
        ] as [(String, EventNamesError)]
    )
    func refused(text: String, error: EventNamesError) {
        #expect(throws: error) { try EventNames.parse(text) }
    }

    @Test("flags behind --enable are told from patterns of keys")
    func flags() {
        for word in ["KEA", "Kx", "KE$", "AKE", "Eg"] { #expect(EnableFlags.isValue(word), "\(word)") }
        for word in ["user:*", "set", "KEY", "x", "A", "", "Key"] { #expect(!EnableFlags.isValue(word), "\(word)") }
    }
}
