import RedisEvents
import RedisReactor
import RwatchKit
import TestSupport
import Testing

/// Whatever the bytes are and wherever they stand: an event is one line, which a terminal can do nothing with but show.
@Suite("Hostile bytes in every field of every form", .tags(.unit))
struct HostileShapeTests {
    static let texts: [[UInt8]] =
        [
            "\u{1b}[2J\u{1b}]0;title\u{7}", "a\r\nb\n", "\u{9b}31m\u{85}\u{90}", "\u{202e}abc\u{2066}",
            "\u{200b}\u{feff}",
            "\u{2028}\u{2029}", "\u{e0001}\u{e007f}", "\0\t\u{7f}", "\"; DROP \\", "é日😀",
            String(repeating: "\u{1b}", count: 300),
        ].map { Array($0.utf8) } + [
            [0xff, 0xfe, 0x0a], [0xc3], [0xed, 0xa0, 0x80], [0xe2, 0x80], [0x9b, 0x31, 0x6d], [0xf4, 0x90, 0x80, 0x80],
            Array(0...255), [UInt8](repeating: 0x9f, count: 200), [],
        ]

    private static func forms(_ stream: EventStreamKind) throws -> [(name: String, shape: EventShape)] {
        let letters = EventTemplate.letters(of: stream)
        var forms: [(String, EventShape)] = [
            ("line", .utc(.line)), ("line, times", .utc(.line, .iso)),
            ("line, cut", .utc(.line) { $0.cut = .bytes(5) }),
            ("json", .utc(.json) { $0.binary = .hex }), ("csv", .utc(.csv)), ("pretty", .utc(.pretty, .local)),
            ("csv, base64", .utc(.csv, .iso) { $0.binary = .b64 }),
            ("pretty, cut", .utc(.pretty, .iso) { $0.cut = .width }),
            ("pretty, bytes", .utc(.pretty, .delta) { $0.cut = .bytes(7) }),
            ("pretty, hexadecimal", .utc(.pretty, .none) { $0.binary = .hex }),
            ("pretty, base64", .utc(.pretty, .none) { $0.binary = .b64 }),
            (
                "format",
                try .template(letters.map { "%\($0)" }.joined(separator: "|"), stream) { $0.isTerminal = true }
            ),
            (
                "format, laid out",
                try .template(letters.map { "%-9.7\($0)" }.joined(), stream) { $0.isTerminal = true }
            ),
        ]
        if stream != .commands { forms.append(("raw", .utc(.raw) { $0.isTerminal = true })) }
        return forms
    }

    /// Whether bytes are one line of text that shows, in the end that its form has.
    private static func isFit(_ bytes: [UInt8], _ name: String) -> Bool {
        var bytes = bytes
        guard bytes.popLast() == 0x0a else { return false }
        if name.hasPrefix("csv"), bytes.popLast() != 0x0d { return false }
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return !text.unicodeScalars.contains { ShownText.isHidden($0.value) }
    }

    @Test("commands: the name, arguments, the source, the database, and lines that cannot be read")
    func commands() throws {
        for (name, shape) in try Self.forms(.commands) {
            for text in Self.texts {
                let lines = [
                    Shaped.line([text, Array("k".utf8), text]), Shaped.line([Array("SET".utf8), text]),
                    Array("1.000000 [0 unix:/".utf8) + text.filter { $0 != 0x0a } + Array("] \"A\" \"b\"".utf8),
                    Array("1.000000 [".utf8) + text.filter { $0 != 0x20 && $0 != 0x0a }
                        + Array(" lua] \"A\" \"b\"".utf8),
                    Array("1.000000 [0 lua] \"A\" \"".utf8) + text.filter { $0 != 0x22 && $0 != 0x5c }
                        + Array("\"".utf8),
                    text,
                ]
                for line in lines {
                    let shown = Shaped.commands([line], shape, width: 80)
                    #expect(Self.isFit(shown, name), "\(name): \(String(decoding: shown, as: UTF8.self))")
                }
            }
        }
    }

    @Test("messages: the channel, the pattern, the payload")
    func messages() throws {
        for (name, shape) in try Self.forms(.messages) {
            for text in Self.texts {
                for (channel, pattern, payload) in [(text, [], []), ([0x63], text, []), ([0x63], [0x2a], text)] {
                    let shown = Shaped.message(.pmessage, channel, pattern: pattern, payload, shape, width: 80)
                    #expect(Self.isFit(shown, name), "\(name): \(String(decoding: shown, as: UTF8.self))")
                }
            }
        }
    }

    @Test("events of keys: the event, the key")
    func keyEvents() throws {
        for (name, shape) in try Self.forms(.keyEvents) {
            for text in Self.texts {
                for (event, key) in [(text, [0x6b]), (Array("set".utf8), text)] {
                    let shown = Shaped.key(event, key, shape, width: 80)
                    #expect(Self.isFit(shown, name), "\(name): \(String(decoding: shown, as: UTF8.self))")
                }
            }
        }
    }

    @Test("the fields of comma-separated values can be read back, to the byte")
    func backFromCSV() throws {
        for text in Self.texts {
            let shown = Shaped.message(.pmessage, text, pattern: text, text, .utc(.csv))
            let record = try #require(CSVRecord.fields(shown))
            #expect(record.count == 6)
            for field in record[3...] { #expect(CSVRecord.unescaped(field) == text) }
        }
    }
}

/// Reads a record back, as RFC 4180 has it.
enum CSVRecord {
    static func fields(_ record: [UInt8]) -> [[UInt8]]? {
        var (fields, index) = ([[UInt8]](), 0)
        while true {
            var field: [UInt8] = []
            if index < record.count, record[index] == UInt8(ascii: "\"") {
                index += 1
                while index < record.count {
                    if record[index] == UInt8(ascii: "\"") {
                        guard index + 1 < record.count, record[index + 1] == UInt8(ascii: "\"") else { break }
                        index += 1
                    }
                    field.append(record[index])
                    index += 1
                }
                index += 1
            } else {
                while index < record.count, record[index] != UInt8(ascii: ","), record[index] != 0x0d {
                    field.append(record[index])
                    index += 1
                }
            }
            fields.append(field)
            guard index < record.count else { return nil }
            if record[index] == 0x0d { return Array(record[index...]) == [0x0d, 0x0a] ? fields : nil }
            guard record[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    /// The bytes of a field with MONITOR's escapes.
    static func unescaped(_ field: [UInt8]) -> [UInt8]? {
        let letters: [UInt8: UInt8] = [
            0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09, 0x61: 0x07, 0x62: 0x08, 0x5c: 0x5c, 0x22: 0x22,
        ]
        var (bytes, index) = ([UInt8](), 0)
        while index < field.count {
            guard field[index] == 0x5c else {
                bytes.append(field[index])
                index += 1
                continue
            }
            guard index + 1 < field.count else { return nil }
            if field[index + 1] == UInt8(ascii: "x") {
                guard index + 3 < field.count,
                    let byte = UInt8(String(decoding: field[(index + 2)...(index + 3)], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(byte)
                index += 4
            } else {
                guard let byte = letters[field[index + 1]] else { return nil }
                bytes.append(byte)
                index += 2
            }
        }
        return bytes
    }
}
