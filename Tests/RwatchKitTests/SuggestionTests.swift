import RwatchKit
import TestSupport
import Testing

@Suite("Suggestions", .tags(.unit))
struct SuggestionTests {
    static let known = ["monitor", "sub", "subscribe", "pub", "keys", "top", "stat", "--port", "--host", "-p"]

    @Test(
        "the nearest known word is suggested, if one is near",
        arguments: [
            ("montior", "monitor"), ("moniter", "monitor"), ("mon", "monitor"), ("MONITOR", "monitor"),
            ("subscirbe", "subscribe"), ("subs", "sub"), ("subsc", "subscribe"), ("sbu", "sub"), ("pud", "pub"),
            ("kyes", "keys"), ("--prot", "--port"), ("--hots", "--host"), ("m", "monitor"), ("stats", "stat"),
            ("xyzzy", nil), ("mxnxtxr", nil), ("abc", nil), ("tip", "top"), ("tap", "top"), ("txx", nil), ("z", nil),
            ("", nil), ("--", nil),
        ] as [(String, String?)]
    )
    func closest(word: String, expected: String?) {
        #expect(Suggestion.closest(to: word, among: Self.known) == expected)
    }

    @Test("of equally near words the first wins")
    func first() {
        #expect(Suggestion.closest(to: "bat", among: ["cat", "rat"]) == "cat")
        #expect(Suggestion.closest(to: "bat", among: ["rat", "cat"]) == "rat")
        #expect(Suggestion.closest(to: "bat", among: []) == nil)
    }

    @Test(
        "edits are inserts, deletes, replacements and swaps of neighbours",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "bca", 2),
            ("ca", "abc", 3), ("kitten", "sitting", 3), ("monitor", "montior", 1),
        ]
    )
    func edits(first: String, second: String, expected: Int) {
        #expect(Suggestion.edits(first, second) == expected)
        #expect(Suggestion.edits(second, first) == expected)
    }
}
