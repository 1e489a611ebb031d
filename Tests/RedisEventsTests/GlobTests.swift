import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("Glob-style patterns", .tags(.unit))
struct GlobTests {
    static let table: [(String, String, Bool)] = [
        ("", "", true), ("", "a", false), ("a", "", false), ("*", "", true), ("*", "anything", true),
        ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "abcd", false), ("*ab", "aab", true),
        ("*a*b*", "xaxbx", true), ("*a*b*", "xbxax", false), ("?", "a", true), ("?", "", false), ("a?c", "abc", true),
        ("[abc]", "b", true), ("[abc]", "d", false), ("[^abc]", "d", true), ("[^abc]", "a", false),
        ("[a-c]x", "bx", true), ("[c-a]x", "bx", true), ("[a-c]x", "dx", false), ("\\*", "*", true),
        ("\\*", "a", false),
        ("[\\]]", "]", true), ("[]", "a", false), ("[^]", "a", true), ("[ab", "a", true), ("[ab", "c", false),
        ("a\\", "a\\", true), ("]", "]", true), ("user:*:[0-9]", "user:ann:7", true),
    ]

    @Test("match as the server has them", arguments: table)
    func matches(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Glob.matches(RedisBytes(pattern), RedisBytes(text)) == expected)
    }

    @Test("cost no more than the product of the lengths")
    func cost() {
        let pattern = RedisBytes(String(repeating: "a*", count: 2_000) + "b")
        let text = RedisBytes([UInt8](repeating: 0x61, count: 4_000))
        let start = ContinuousClock.now
        #expect(!Glob.matches(pattern, text))
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test("are distinguished from literals, and literals are made into patterns")
    func literals() {
        #expect(Glob.isLiteral("user:1^-"))
        for pattern: RedisBytes in ["a*", "a?", "[a]", "\\a"] { #expect(!Glob.isLiteral(pattern)) }
        let odd: RedisBytes = "a*b?c[d]e\\f"
        #expect(Glob.matches(Glob.escaping(odd), odd))
        #expect(!Glob.matches(Glob.escaping(odd), RedisBytes("aXb?c[d]e\\f")))
        #expect(Glob.matchesEverything("**"))
        #expect(!Glob.matchesEverything(""))
        #expect(!Glob.matchesEverything("*a"))
    }
}
