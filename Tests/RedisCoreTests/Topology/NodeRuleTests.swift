import RedisCore
import TestSupport
import Testing

@Suite("Which node a link is to go to", .tags(.unit))
struct NodeRuleTests {
    private let shape = ClusterShape(
        draft(0...99, "a1", "a2r", "a3r"),
        draft(100...200, "b4", "b5r!"),
        draft(201...300, "c6!", "c7r"),
        draft(nil, "d8"),
        draft(301...400, "e9!", "e10r!")
    )

    private func choices(_ rule: NodeRule, failed: UInt16? = nil, taken: Set<UInt16> = []) -> Set<String> {
        var random = SystemRandomNumberGenerator()
        let taken = Set(taken.map(at))
        return Set(
            (0..<300).map { _ in
                rule.choice(in: shape, failed: failed.map(at), taken: taken, using: &random)?.id ?? "none"
            }
        )
    }

    @Test("is the primary, or a replica that is well, or the primary where there is none")
    func shards() {
        #expect(choices(.shard(1, .primary)) == ["a1"])
        #expect(choices(.shard(1, .primary), failed: 1, taken: [1]) == ["a1"])
        #expect(choices(.shard(1, .replica)) == ["a2", "a3"])
        #expect(choices(.shard(1, .replica), failed: 2) == ["a3"])
        #expect(choices(.shard(2, .replica)) == ["b4"])
        #expect(choices(.shard(2, .replica), failed: 4) == ["b4"])
        #expect(choices(.shard(3, .primary)) == ["none"])
        #expect(choices(.shard(3, .replica)) == ["c7"])
        #expect(choices(.shard(9, .primary)) == ["none"])
        #expect(choices(.shard(9, .replica)) == ["none"])
    }

    @Test("is any that is well, but the one that failed and those that others have")
    func any() {
        #expect(choices(.any(.primary)) == ["a1", "a2", "a3", "b4", "c7", "d8"])
        #expect(choices(.any(.primary), failed: 1, taken: [2, 3]) == ["b4", "c7", "d8"])
        #expect(choices(.any(.replica)) == ["a2", "a3", "c7"])
        #expect(choices(.any(.replica), failed: 7, taken: [2]) == ["a3"])
        #expect(choices(.any(.replica), taken: [2, 3, 7]) == ["a1", "b4", "d8"])
        #expect(choices(.any(.primary), failed: 1, taken: [2, 3, 4, 7, 8]) == ["a2", "a3", "b4", "c7", "d8"])
    }

    @Test(
        "is another only when the one that it has is not the shard's any more",
        arguments: [
            (.shard(1, .primary), 1, true), (.shard(1, .primary), 2, false), (.shard(1, .primary), 77, false),
            // No primary is well, or the shard has gone: whoever holds the link sees to it.
            (.shard(3, .primary), 6, true), (.shard(3, .primary), 7, true), (.shard(9, .primary), 1, true),
            (.shard(1, .replica), 2, true), (.shard(1, .replica), 1, true), (.shard(1, .replica), 4, false),
            (.shard(2, .replica), 5, false), (.shard(3, .replica), 6, false), (.shard(9, .replica), 1, true),
            // None of the shard is well: it is no better elsewhere.
            (.shard(5, .replica), 10, true), (.shard(5, .replica), 77, true), (.shard(5, .primary), 9, true),
            (.any(.primary), 1, true), (.any(.primary), 5, false), (.any(.replica), 1, true),
            (.any(.primary), 77, false),
        ] as [(NodeRule, UInt16, Bool)]
    )
    func good(_ rule: NodeRule, _ port: UInt16, _ isGood: Bool) {
        #expect(rule.isGood(at(port), in: shape) == isGood)
    }
}
