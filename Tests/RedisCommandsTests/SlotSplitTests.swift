import RedisCommands
import TestSupport
import Testing

@Suite("A command over keys of several slots", .tags(.unit))
struct SlotSplitTests {
    @Test("becomes one for each slot, with the keys in their order")
    func parts() throws {
        let split = try #require(SlotSplit(["mget", "a", "b", "{a}1", "a"]))
        #expect(split.parts.map(\.slot) == [15495, 3300])
        #expect(split.parts.map(\.command) == [["mget", "a", "{a}1", "a"], ["mget", "b"]])
        #expect(split.parts.map(\.positions) == [[0, 2, 3], [1]])
        let set = try #require(SlotSplit(["MSET", "a", "1", "b", "2", "{a}1", "3"]))
        #expect(set.parts.map(\.command) == [["MSET", "a", "1", "{a}1", "3"], ["MSET", "b", "2"]])
        for name in ["DEL", "UNLINK", "EXISTS", "TOUCH"] {
            #expect(SlotSplit([name, "a", "b"])?.parts.map(\.command) == [[name, "a"], [name, "b"]])
        }
    }

    @Test(
        "is nothing for other commands, and for those without keys",
        arguments: ["GET a b", "MSETNX a 1 b 2", "MGET", "MSET a", "MSET a 1 b", "SINTER a b", ""]
    )
    func none(_ text: String) {
        #expect(SlotSplit(RedisCommand(text.split(separator: " ").map { RedisBytes(String($0)) })) == nil)
    }

    @Test("has one reply, put together from those of its parts")
    func merges() throws {
        let values = try #require(SlotSplit(["MGET", "a", "b", "{a}1"]))
        #expect(
            try values.merge([.success(.array([.bulkString("1"), .null])), .success(.array([.bulkString("2")]))]).get()
                == .array([.bulkString("1"), .bulkString("2"), .null])
        )
        let sum = try #require(SlotSplit(["DEL", "a", "b"]))
        #expect(try sum.merge([.success(.integer(1)), .success(.integer(2))]).get() == .integer(3))
        let highest = Result<RESPValue, RedisError>.success(.integer(.max))
        let total = sum.merge([highest, highest])
        #expect((try? total.get().integer ?? 0) ?? 0 >= 0)
        let set = try #require(SlotSplit(["MSET", "a", "1", "b", "2"]))
        let ok = Result<RESPValue, RedisError>.success(.simpleString("OK"))
        #expect(try set.merge([ok, ok]).get() == .simpleString("OK"))
    }

    @Test("has the first error of a part, which says whether any part has run")
    func errors() throws {
        let split = try #require(SlotSplit(["DEL", "a", "b"]))
        func error(_ execution: RedisExecution) -> Result<RESPValue, RedisError> {
            .failure(RedisError(.connectionLost, "lost").with(execution))
        }
        let one = Result<RESPValue, RedisError>.success(.integer(1))
        for (first, second, expected) in [
            (one, error(.notExecuted), RedisExecution.executed), (error(.unknown), one, .executed),
            (error(.executed), error(.notExecuted), .executed), (error(.notExecuted), error(.unknown), .unknown),
            (error(.notExecuted), error(.notExecuted), .notExecuted), (error(.unknown), error(.unknown), .unknown),
        ] {
            guard case .failure(let error) = split.merge([first, second]) else {
                Issue.record("the whole succeeded")
                continue
            }
            #expect(error.execution == expected)
            #expect(error.code == .connectionLost)
        }
    }

    @Test("does not take replies of another form for its own")
    func forms() throws {
        let one = RESPValue.integer(1)
        let list = RESPValue.array([.null])
        for (command, good, bad) in [
            (["MGET", "a", "b"], list, [one, .null, .array([]), .array([.null, .null]), .simpleString("OK")]),
            (["DEL", "a", "b"], one, [list, .null, .integer(-1), .bulkString("x")]),
            (["MSET", "a", "1", "b", "2"], .simpleString("OK"), [one, .null, list, .simpleString("QUEUED")]),
        ] as [(RedisCommand, RESPValue, [RESPValue])] {
            let split = try #require(SlotSplit(command))
            for reply in bad {
                for replies in [[good, reply], [reply, good], [reply, reply]] {
                    guard case .failure(let error) = split.merge(replies.map { .success($0) }) else {
                        Issue.record("\(command) took \(reply)")
                        continue
                    }
                    #expect(error.code == .unexpectedReply)
                    #expect(error.execution == .executed)
                }
            }
        }
    }
}
