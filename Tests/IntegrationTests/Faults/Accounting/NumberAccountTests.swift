import TestSupport
import Testing

@Suite("An account of numbered messages", .tags(.unit))
struct NumberAccountTests {
    private func complaints(_ entries: [Ledger.Entry], last: Int = 9, uncertain: Set<Int> = []) -> [String] {
        NumberAccount.complaints(entries, ["a": NumberAccount.Stream(last: last, uncertain: uncertain)])
    }

    private func numbers(_ numbers: ClosedRange<Int>) -> [Ledger.Entry] { numbers.map { .number("a", $0) } }

    @Test("is in order when all came, or a record stands where some are missing")
    func inOrder() {
        #expect(complaints(numbers(1...9)) == [])
        #expect(complaints(numbers(1...3) + [.gap] + numbers(7...9)) == [])
        #expect(complaints([.gap] + numbers(7...9)) == [])
        #expect(complaints(numbers(1...7) + [.gap]) == [])
        #expect(complaints(numbers(1...3) + [.drop(3)] + numbers(7...9)) == [])
        #expect(complaints(numbers(1...3) + [.drop(1), .drop(2)] + numbers(7...9)) == [])
        #expect(complaints(numbers(1...3) + numbers(7...9), uncertain: [4, 5, 6]) == [])
        #expect(complaints(numbers(1...8), uncertain: [9]) == [])
        #expect(complaints(numbers(1...9), uncertain: [9]) == [])
    }

    @Test("finds what came twice, late, or from nowhere")
    func disorder() {
        #expect(complaints(numbers(1...9) + numbers(9...9)) == ["a 9 came after 9"])
        #expect(
            complaints(numbers(1...9) + [.gap] + numbers(8...8)) == [
                "a 8 came after 9", "a ends with 8; 1 more were published",
            ]
        )
        #expect(complaints(numbers(1...10)) == ["a 10 was never published"])
        #expect(complaints([.number("b", 1)] + numbers(1...9)) == ["b 1 was never published"])
    }

    @Test("finds what is missing without a record, with one elsewhere, or with one that counts too few")
    func silence() {
        let text = "of a are missing between entries 2 and 3, and no record there covers them"
        #expect(complaints(numbers(1...3) + numbers(7...9)) == ["3 \(text)"])
        #expect(complaints(numbers(1...3) + numbers(7...8) + [.gap] + numbers(9...9)) == ["3 \(text)"])
        #expect(complaints(numbers(1...3) + numbers(7...8) + [.drop(9)] + numbers(9...9)) == ["3 \(text)"])
        #expect(complaints(numbers(1...3) + numbers(7...9), uncertain: [5]) == ["2 \(text)"])
        let few = "1 of a are missing between entries 2 and 4, and no record there covers them"
        #expect(complaints(numbers(1...3) + [.drop(2)] + numbers(7...9)) == [few])
        #expect(complaints(numbers(1...3)) == ["a ends with 3; 6 more were published"])
        #expect(complaints([.gap] + numbers(1...8)) == ["a ends with 8; 1 more were published"])
    }

    @Test("gives a drop to one claim only")
    func shared() {
        let published = ["a": NumberAccount.Stream(last: 3), "b": NumberAccount.Stream(last: 3)]
        let around: [Ledger.Entry] = [.number("a", 1), .number("b", 1)]
        let after: [Ledger.Entry] = [.number("b", 3), .number("a", 3)]
        #expect(NumberAccount.complaints(around + [.drop(2)] + after, published) == [])
        #expect(
            NumberAccount.complaints(around + [.drop(1)] + after, published)
                == ["1 of a are missing between entries 0 and 4, and no record there covers them"]
        )
        // The second drop is too late for the stream that needs the first.
        let split: [Ledger.Entry] = around + [.drop(1), .number("b", 3), .drop(1), .number("a", 3)]
        #expect(NumberAccount.complaints(split, published) == [])
    }
}
