import RwatchKit
import TestSupport
import Testing

@Suite("Regular expressions of -i and -e", .tags(.unit))
struct RegularExpressionTests {
    private static func matches(_ pattern: String, _ text: [UInt8]) throws -> Bool {
        var selection = Selection()
        selection.included = [try RegularExpression(pattern)]
        return selection.shown([text]) == [0]
    }

    @Test(
        "match somewhere in a text",
        arguments: [
            ("", ["", "a"], []), ("b", ["abc"], ["", "ac"]), ("^b", ["b", "bc"], ["ab", ""]), ("b$", ["ab"], ["bc"]),
            ("^$", [""], ["a"]), ("^abc$", ["abc"], ["abcd", "xabc"]), ("a.c", ["abc", "a\"c"], ["ac"]),
            ("ab*c", ["ac", "abbbc"], ["adc"]), ("ab+c", ["abc", "abbc"], ["ac"]), ("ab?c", ["ac", "abc"], ["abbc"]),
            ("a|b", ["xa", "xb"], ["xc"]), ("^(a|bc)+$", ["abca", "bc"], ["ab", ""]),
            ("a(?:bc)?d", ["ad", "abcd"], ["abd"]),
            ("[a-c]x", ["ax", "cx"], ["dx"]), ("[^a-c]x", ["dx"], ["ax", "x"]), ("[]a]", ["]", "a"], ["b"]),
            ("[a-]", ["-", "a"], ["b"]), (#"[\d_]"#, ["5", "_"], ["a"]), (#"\d\D\w\W\s\S"#, ["1a_ \t."], ["aaaaaa"]),
            (#"\."#, ["."], ["a"]), (#"\x41\x7A"#, ["Az"], ["az"]), (#"a\tb"#, ["a\tb"], ["a b"]),
            ("^a{3}$", ["aaa"], ["aa", "aaaa"]), ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
            ("^a{1,2}$", ["a", "aa"], ["aaa", ""]),
            ("^a{0,1}b{0}c{0,}$", ["", "a", "accc"], ["b"]), ("a{x}", ["a{x}"], ["a"]), ("^.*?b$", ["aab"], ["aa"]),
            ("(?i)GeT", ["get", "GET"], ["got"]), ("(?i)[a-c]+$", ["ABC"], ["d"]), ("(?i)^[^a]$", ["b"], ["a", "A"]),
            ("é+$", ["éé"], ["e"]), ("(^|,)a", ["a", "b,a"], ["ba"]), ("a($|,)", ["a", "a,b"], ["ab"]),
            ("(a*)*b", ["aab"], ["aa"]), ("(a|)b", ["b"], ["a"]),
        ] as [(String, [String], [String])]
    )
    func match(pattern: String, matching: [String], others: [String]) throws {
        for text in matching { #expect(try Self.matches(pattern, Array(text.utf8)), "\(text)") }
        for text in others { #expect(try !Self.matches(pattern, Array(text.utf8)), "\(text)") }
    }

    @Test(
        "a mistake has a place",
        arguments: [
            ("a(b", 1, "this '(' is not closed"), ("a)", 1, "this ')' closes nothing"),
            ("[ab", 0, "this '[' is not closed"),
            ("*a", 0, "there is nothing to repeat"), ("a**", 2, "there is nothing to repeat"),
            (#"a\"#, 1, "this backslash escapes nothing"), (#"\xg1"#, 0, "two hexadecimal digits are missing here"),
            ("a{2,1}", 1, "this number of repeats is not possible"),
            ("a{1001}", 1, "this number of repeats is not possible"),
            ("(a{100}){100}", 0, "the expression is too large"),
            ("(?=a)", 0, "only (?:…) is known, and (?i) at the beginning"),
            ("[z-a]", 1, "this range is not possible"),
        ] as [(String, Int, String)]
    )
    func mistakes(pattern: String, offset: Int, message: String) throws {
        let error = try #require(throws: ExpressionError.self) { try RegularExpression(pattern) }
        #expect(error.offset == offset)
        #expect(error.message == message)
    }

    @Test("what would take others for ever takes a moment")
    func hostile() throws {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 200_000)
        #expect(try !Self.matches("^(a+)+b$", text))
        #expect(try !Self.matches("^(a|aa|a?)*b$", text))
        let deep = String(repeating: "(", count: 1_000) + String(repeating: ")", count: 1_000)
        #expect(throws: ExpressionError.self) { try RegularExpression(deep) }
    }

    @Test("more states than are kept change nothing")
    func states() throws {
        // Which of the last twelve bytes were an a takes thousands of states.
        var selection = Selection()
        selection.included = [try RegularExpression("^[ab]*a[ab]{11}$")]
        var generator = Generator(state: 7)
        var (lines, expected): ([[UInt8]], [Int]) = ([], [])
        for index in 0..<500 {
            let line = (0..<40).map { _ in UInt8.random(in: 0x61...0x62, using: &generator) }
            lines.append(line)
            if line[line.count - 12] == 0x61 { expected.append(index) }
        }
        #expect(selection.shown(lines) == expected)
    }
}
