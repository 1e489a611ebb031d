import RedisToolkit
import TestSupport
import Testing

@Suite("A JSON text of any form", .tags(.unit))
struct JSONDocumentTests {
    private func leaves(_ text: String) throws -> [String: JSONDocument]? {
        try RedisJSONCoder().decode(JSONDocument.self, from: RedisBytes(text)).leaves
    }

    @Test("has leaves of all types, with dots for objects inside objects, and without nulls")
    func types() throws {
        let text = #"{"a":1,"b":1.5,"c":true,"d":"x","e":[1,"y"],"f":{"g":{"h":0}},"i":null,"j":{}}"#
        #expect(
            try leaves(text) == [
                "a": .int(1), "b": .double(1.5), "c": .bool(true), "d": .string("x"),
                "e": .array([.int(1), .string("y")]), "f.g.h": .int(0),
            ]
        )
        #expect(try leaves(text)?.mapValues(\.text)["e"] == "1,y")
        #expect(try leaves("[1]") == nil)
        #expect(try leaves("{}") == [:])
    }

    @Test("that is none is refused")
    func broken() {
        for text in ["", "{", "{\"a\":}", "\u{0}"] {
            #expect(throws: (any Error).self) { try leaves(text) }
        }
    }
}
