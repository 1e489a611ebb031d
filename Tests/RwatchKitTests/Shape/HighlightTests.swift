import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("What --highlight finds", .tags(.unit))
struct HighlightTests {
    /// The payload's parts that are highlighted, in brackets.
    private static func found(_ expressions: String..., in payload: String) throws -> String {
        let patterns = try expressions.map { try RegularExpression($0) }
        let shape = EventShape.utc(.pretty, .none) {
            $0.isColored = true
            $0.highlights = patterns
        }
        let shown = Shaped.message(.message, [], Array(payload.utf8), shape)
        return String(decoding: shown, as: UTF8.self).replacing("\u{1b}[30;43m", with: "[")
            .replacing("\u{1b}[0m", with: "]").dropFirst(2).dropLast().replacing("\u{1b}[32m", with: "")
            .description
    }

    @Test(
        "from left to right, as long as possible, nothing empty",
        arguments: [
            ("b", "abcb", "a[b]c[b]"), ("[0-9]+", "a12b345", "a[12]b[345]"), ("a|ab|abc", "abcab", "[abc][ab]"),
            ("x*", "axxb", "a[xx]b"), ("", "ab", "ab"), ("b$", "bb", "b[b]"), ("a.*c", "abcbcd", "[abcbc]d"),
            ("(?i)B", "aBb", "a[B][b]"), ("é", "né", "n[é]"), ("z", "ab", "ab"), ("ba|ab", "aba", "[ab]a"),
        ]
    )
    func matches(expression: String, payload: String, expected: String) throws {
        #expect(try Self.found(expression, in: payload) == expected)
    }

    @Test("the beginning of the text is the beginning of the line")
    func ends() throws {
        // Two blanks stand before the payload.
        #expect(try Self.found("^a", in: "aa") == "aa")
        let start = try RegularExpression("^.0")
        let shape = EventShape.utc(.line, .none) {
            $0.isColored = true
            $0.highlights = [start]
        }
        #expect(Shaped.command(Shaped.line("A"), shape) == "\u{1b}[30;43m[0\u{1b}[0m 127.0.0.1:41690] \"A\"\n")
    }

    @Test("several expressions, also where they overlap")
    func several() throws {
        #expect(try Self.found("bc", "ab", in: "abcd") == "[ab][c]d")
    }

    @Test("a long line is looked at up to a limit, in a time that does not grow with it")
    func bounded() throws {
        let payload = String(repeating: "a", count: 100_000)
        let shown = try Self.found("a.*b|aaa$", in: payload)
        #expect(shown == payload)
    }

    @Test("an expression with more states than are kept")
    func states() throws {
        var generator = Generator(state: 1)
        for _ in 0..<20 {
            let payload = String(
                decoding: (0..<900).map { _ in Bool.random(using: &generator) ? UInt8(ascii: "a") : UInt8(ascii: "b") },
                as: UTF8.self
            )
            // Ten letters behind an `a`: each match ends there and the next begins.
            let expected = payload.replacing(#/a[ab]{10}/#) { "[\($0.output)]" }
            #expect(try Self.found("a[ab]{10}", in: payload) == expected)
        }
    }
}
