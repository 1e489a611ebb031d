import Foundation
import RwatchKit
import TestSupport
import Testing

@Suite("JSON text", .tags(.unit))
struct JSONTextTests {
    static func json(_ bytes: [UInt8]) -> String? {
        withBytes(bytes) { span in
            var isText = false
            let written = text { isText = $0.append(jsonString: span) }
            return isText ? written : (written.isEmpty ? nil : "left something behind")
        }
    }

    @Test(
        "only strict UTF-8 is text",
        arguments: [
            ([], true), ([0x7f], true), ([0x80], false), ([0xbf], false), ([0xc0, 0x80], false), ([0xc1, 0xbf], false),
            ([0xc2, 0x80], true), ([0xdf, 0xbf], true), ([0xc3], false), ([0xc3, 0x28], false), ([0xc3, 0xc3], false),
            ([0xe0, 0x80, 0x80], false), ([0xe0, 0x9f, 0xbf], false), ([0xe0, 0xa0, 0x80], true),
            ([0xe2, 0x82], false),
            ([0xe2, 0x82, 0xac], true), ([0xe2, 0x28, 0xa1], false), ([0xe2, 0x82, 0x28], false),
            ([0xed, 0x9f, 0xbf], true), ([0xed, 0xa0, 0x80], false), ([0xed, 0xbf, 0xbf], false),
            ([0xee, 0x80, 0x80], true), ([0xef, 0xbf, 0xbf], true), ([0xf0, 0x80, 0x80, 0x80], false),
            ([0xf0, 0x8f, 0xbf, 0xbf], false), ([0xf0, 0x90, 0x80, 0x80], true), ([0xf0, 0x9f, 0x98, 0x80], true),
            ([0xf0, 0x9f, 0x98], false), ([0xf0, 0x9f, 0x98, 0x28], false), ([0xf4, 0x8f, 0xbf, 0xbf], true),
            ([0xf4, 0x90, 0x80, 0x80], false), ([0xf5, 0x80, 0x80, 0x80], false), ([0xfe], false), ([0xff], false),
            ([0xf8, 0x88, 0x80, 0x80, 0x80], false),
        ] as [([UInt8], Bool)]
    )
    func strict(bytes: [UInt8], isValid: Bool) {
        // At every distance from a word's edge, alone and with text behind it.
        for padding in 0..<10 {
            let padded = [UInt8](repeating: 0x61, count: padding) + bytes
            for whole in [padded, padded + [0x62], padded + [UInt8](repeating: 0x62, count: 9)] {
                #expect(withBytes(whole) { UTF8Check.isValid($0) } == isValid)
                #expect((Self.json(whole) != nil) == isValid)
            }
        }
    }

    @Test("validation agrees with the standard library on every sequence of two bytes and on random ones")
    func agrees() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let expected = String(validating: [first, second], as: UTF8.self) != nil
                #expect(withBytes([first, second]) { UTF8Check.isValid($0) } == expected)
            }
        }
        var generator = Generator(state: 2)
        for _ in 0..<20_000 {
            let lead = UInt8.random(in: 0xe0...0xff, using: &generator)
            let bytes = [lead] + (0..<3).map { _ in UInt8.random(in: 0x70...0xcf, using: &generator) }
            for length in 1...4 {
                let expected = String(validating: bytes.prefix(length), as: UTF8.self) != nil
                #expect(withBytes(Array(bytes.prefix(length))) { UTF8Check.isValid($0) } == expected)
            }
        }
    }

    @Test("each ASCII byte is written as this table says")
    func escapes() {
        for byte in UInt8(0)..<0x80 {
            let expected: String
            switch byte {
            case 0x22: expected = "\\\""
            case 0x5c: expected = "\\\\"
            case 0x08: expected = "\\b"
            case 0x09: expected = "\\t"
            case 0x0a: expected = "\\n"
            case 0x0c: expected = "\\f"
            case 0x0d: expected = "\\r"
            case 0..<0x20, 0x7f: expected = "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            default: expected = String(UnicodeScalar(byte))
            }
            #expect(Self.json([byte]) == "\"" + expected + "\"")
        }
        #expect(Self.json(Array("é€😀ع\u{200d}".utf8)) == "\"é€😀ع\u{200d}\"")
        // What does not show, and what turns the text around.
        for (value, expected) in [
            (0xad, "\\u00ad"), (0x61c, "\\u061c"), (0x180e, "\\u180e"), (0x200b, "\\u200b"), (0x200e, "\\u200e"),
            (0x200f, "\\u200f"), (0x2028, "\\u2028"), (0x2029, "\\u2029"), (0x202a, "\\u202a"), (0x202e, "\\u202e"),
            (0x2066, "\\u2066"), (0x2069, "\\u2069"), (0xfeff, "\\ufeff"), (0xe0001, "\\udb40\\udc01"),
            (0xe007f, "\\udb40\\udc7f"),
        ] as [(UInt32, String)] {
            let character = UnicodeScalar(value).map(String.init) ?? ""
            #expect(Self.json(Array("a\(character)b".utf8)) == "\"a\(expected)b\"")
        }
        // C1 controls, and their neighbours.
        for value in UInt32(0x80)..<0xac {
            let character = UnicodeScalar(value).map(String.init) ?? ""
            let expected = value < 0xa0 ? "\\u00" + String(value, radix: 16) : character
            #expect(Self.json(Array("a\(character)b".utf8)) == "\"a\(expected)b\"")
        }
    }

    @Test("every character comes back as it was")
    func characters() throws {
        for start in stride(from: UInt32(0), to: 0x110000, by: 4096) {
            let text = (start..<start + 4096).reduce(into: "") { text, value in
                if let scalar = UnicodeScalar(value) { text.unicodeScalars.append(scalar) }
            }
            let json = try #require(Self.json(Array(text.utf8)))
            let back = try JSONDecoder().decode([String].self, from: Data("[\(json)]".utf8))
            #expect(back.first.map { Array($0.utf8) } == Array(text.utf8))
            let hidden = json.unicodeScalars.filter {
                $0.properties.isBidiControl || $0.properties.generalCategory == .control
            }
            #expect(hidden.isEmpty)
        }
    }

    @Test("a field of any bytes is valid JSON and gives the bytes back")
    func fields() throws {
        var generator = Generator(state: 3)
        for _ in 0..<5_000 {
            let bytes = generator.bytes(upTo: 60)
            let line = withBytes(bytes) { span in
                formatted {
                    $0.append(literal: "{")
                    $0.append(jsonField: "payload", span)
                    $0.append(literal: "}")
                }
            }
            let object = try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: String])
            #expect(object.count == 1)
            if String(validating: bytes, as: UTF8.self) != nil {
                #expect((object["payload"]?.utf8).map(Array.init) == bytes)
            } else {
                #expect(base64Decoded(object["payload_base64"]) == bytes)
            }
        }
    }

    @Test(
        "base64 is RFC 4648's",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func base64(plain: String, expected: String) {
        #expect(withBytes(Array(plain.utf8)) { span in text { $0.append(base64: span) } } == expected)
    }

    @Test("base64 of all byte values is Foundation's")
    func base64All() {
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
            #expect(
                withBytes(bytes) { span in text { $0.append(base64: span) } } == Data(bytes).base64EncodedString()
            )
        }
    }

    @Test("an array element that is not UTF-8 is an object")
    func element() {
        #expect(withBytes([0xff, 0x00]) { span in text { $0.append(jsonElement: span) } } == #"{"base64":"/wA="}"#)
        #expect(withBytes([]) { span in text { $0.append(jsonElement: span) } } == "\"\"")
    }
}
