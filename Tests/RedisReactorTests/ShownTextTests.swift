import RedisReactor
import TestSupport
import Testing

@Suite("Text from outside, as it is shown", .tags(.unit))
struct ShownTextTests {
    private func shown(_ bytes: [UInt8], upTo limit: Int = 128) -> String {
        ShownText.make(of: Array(bytes.prefix(ShownText.bytesSeen(upTo: limit))), count: bytes.count, upTo: limit)
    }

    @Test(
        "has what does not show as an escape",
        arguments: [
            ("plain text, \"quoted\" \\ and 'so'", "plain text, \"quoted\" \\ and 'so'"), ("", ""),
            ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u{1b}[31m\u{7}\0", "\\x1b[31m\\x07\\x00"),
            ("\u{7f}\u{9b}2J\u{85}", "\\x7f\\x9b2J\\x85"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{61c}\u{200e}\u{200f}", "\\u{61c}\\u{200e}\\u{200f}"),
            ("\u{202a}\u{202e}\u{2066}\u{2069}", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}"),
            ("\u{200b}\u{feff}\u{2060}\u{ad}", "\\u{200b}\\u{feff}\\u{2060}\\u{ad}"), ("\u{e0041}", "\\u{e0041}"),
            ("é€😀 ع \u{200d}\u{200c} e\u{301}", "é€😀 ع \u{200d}\u{200c} e\u{301}"),
        ]
    )
    func escapes(_ text: String, _ expected: String) {
        #expect(text.shown(upTo: 128) == expected)
        #expect(shown(Array(text.utf8)) == expected)
        // What is shown already stays the same.
        #expect(expected.shown(upTo: 128) == expected)
    }

    @Test("has bytes that are not UTF-8 one by one", arguments: [1, 2, 3])
    func invalid(_ cut: Int) {
        let face = Array("😀".utf8)
        let expected = face.prefix(cut).map { "\\x" + String($0, radix: 16) }.joined()
        #expect(shown(face.prefix(cut) + [0x61]) == expected + "a")
        #expect(shown([0x61] + face.prefix(cut)) == "a" + expected)
        #expect(shown([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]) == "\\xff\\xc3(\\xed\\xa0\\x80")
    }

    @Test("is cut where it is longer than the limit, at a character, and says how long it was")
    func cut() {
        let mark = "...(cut: 129 bytes in all)"
        #expect(String(repeating: "a", count: 128).shown(upTo: 128) == String(repeating: "a", count: 128))
        #expect(String(repeating: "a", count: 129).shown(upTo: 128) == String(repeating: "a", count: 128) + mark)
        #expect(
            String(repeating: "€", count: 43).shown(upTo: 128) == String(repeating: "€", count: 42) + mark
        )
        // The limit is one of what is shown: an escape takes more than what it stands for.
        let escapes = String(repeating: "\u{1b}", count: 100).shown(upTo: 128)
        #expect(escapes == String(repeating: "\\x1b", count: 32) + "...(cut: 100 bytes in all)")
        #expect(shown([UInt8](repeating: 0xff, count: 33)).hasSuffix("...(cut: 33 bytes in all)"))
    }

    @Test("of any bytes shows nothing but what shows, is not longer than it may be, and stays what it is")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0 ... .max, using: &generator)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let leads: [UInt8] = [0x00, 0x1b, 0x20, 0x41, 0x7f, 0x80, 0x9b, 0xa0, 0xae, 0xc2, 0xd8, 0xe2, 0xef, 0xf3, 0xff]
        for _ in 0..<5_000 {
            let bytes = (0..<Int(next() % 60)).map { _ in leads[Int(next()) % leads.count] }
            let limit = Int(next() % 80)
            let text = shown(bytes, upTo: limit)
            #expect(!text.unicodeScalars.contains { ShownText.isHidden($0.value) }, "seed \(seed)")
            #expect(text.utf8.count <= limit + "...(cut: 60 bytes in all)".utf8.count, "seed \(seed)")
            #expect(text.shown(upTo: text.utf8.count) == text, "seed \(seed)")
        }
    }

    @Test("of a server's address is one word for a line, whatever the name")
    func endpoint() {
        let endpoint = RedisEndpoint.tcp(host: "a\n\u{1b}[2J\u{202e}", port: 7)
        #expect("\(endpoint)" == "a\\n\\x1b[2J\\u{202e}:7")
        #expect("\(RedisEndpoint.tcp(host: "::1\n", port: 7))" == "[::1\\n]:7")
        #expect("\(RedisEndpoint.unix(path: "/a\r"))" == "unix:/a\\r")
        let long = RedisEndpoint.tcp(host: String(repeating: "h", count: 1000), port: 7)
        #expect("\(long)" == String(repeating: "h", count: 255) + "...(cut: 1000 bytes in all):7")
    }
}
