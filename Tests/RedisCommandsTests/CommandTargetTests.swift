import RedisCommands
import TestSupport
import Testing

@Suite("Where a command belongs", .tags(.unit))
struct CommandTargetTests {
    /// The slots of a and b.
    private static let slotOfA = 15495
    private static let slotOfB = 3300

    @Test(
        "is told by its keys",
        arguments: [
            ("GET a", CommandTarget.slot(slotOfA)), ("get a", .slot(slotOfA)), ("SET b 1", .slot(slotOfB)),
            ("SPUBLISH a text", .slot(slotOfA)), ("PUBLISH a text", .anywhere), ("PING", .anywhere),
            ("PUBSUB SHARDNUMSUB a b", .anywhere), ("GET", .anywhere),
            ("DEL a", .slot(slotOfA)), ("DEL a b", .severalSlots), ("DEL a {a}b x{a}", .slot(slotOfA)),
            ("MGET b b", .slot(slotOfB)), ("MGET a b", .severalSlots),
            ("MSET a b", .slot(slotOfA)), ("MSET a b {a}1 c", .slot(slotOfA)), ("MSET a 1 b 2", .severalSlots),
            ("RENAME a {a}b", .slot(slotOfA)), ("RENAME a b", .severalSlots), ("LMOVE a b LEFT LEFT", .severalSlots),
            ("BLPOP a 0", .slot(slotOfA)), ("BLPOP a b 0", .severalSlots), ("BLPOP a", .anywhere),
            ("BITOP AND a b", .severalSlots), ("BITOP AND a {a}b", .slot(slotOfA)),
            ("EVAL code 0 a b", .anywhere), ("EVAL code 1 a b", .slot(slotOfA)), ("EVALSHA x 2 a b", .severalSlots),
            ("FCALL f 1 b a", .slot(slotOfB)), ("EVAL code many a", .anywhere), ("EVAL code 3 a b", .anywhere),
            ("EVAL code -1 a", .anywhere), ("EVAL code 99999999999999999999 a", .anywhere),
            ("ZUNIONSTORE a 1 b", .severalSlots), ("ZUNIONSTORE a 2 {a}b {a}c WEIGHTS 1 2", .slot(slotOfA)),
            ("ZUNIONSTORE a no", .slot(slotOfA)), ("ZINTER 2 a {a}b", .slot(slotOfA)),
            ("SINTERCARD 1 b LIMIT 3", .slot(slotOfB)),
            ("BLMPOP 0 1 a LEFT", .slot(slotOfA)), ("LMPOP 1 a LEFT", .slot(slotOfA)),
            ("XREAD STREAMS a 0", .slot(slotOfA)), ("XREAD COUNT 2 BLOCK 0 streams a {a}b 0 0", .slot(slotOfA)),
            ("XREAD STREAMS a b 0 0", .severalSlots), ("XREAD COUNT", .anywhere),
            ("XREADGROUP GROUP streams b NOACK STREAMS a >", .slot(slotOfA)),
            ("XREADGROUP LATER 1 STREAMS a >", .asked),
            ("OBJECT ENCODING a", .slot(slotOfA)), ("object help", .anywhere), ("OBJECT", .anywhere),
            ("MEMORY USAGE b", .slot(slotOfB)), ("MEMORY DOCTOR", .anywhere),
            ("XINFO STREAM a FULL", .slot(slotOfA)), ("XGROUP CREATE a group $", .slot(slotOfA)),
            ("SORT a", .slot(slotOfA)), ("SORT a BY store GET store", .slot(slotOfA)),
            ("SORT a LIMIT 0 1 STORE b", .severalSlots), ("SORT a STORE {a}b", .slot(slotOfA)),
            ("SORT a STORE b STORE {a}b", .slot(slotOfA)), ("SORT a STORE", .slot(slotOfA)),
            ("GEORADIUS a 1 2 3 km STOREDIST b", .severalSlots), ("GEORADIUSBYMEMBER a b 3 km", .slot(slotOfA)),
            ("MIGRATE host 1 a 0 1", .unknown), ("NOSUCH a", .unknown), ("GÉT a", .anywhere),
        ]
    )
    func table(_ text: String, _ target: CommandTarget) {
        #expect(CommandTarget(Self.command(text)) == target)
    }

    @Test("is told by what servers say of commands that are new")
    func info() {
        func info(_ flags: [String], _ keys: (Int, Int, Int), _ subcommands: [RESPValue] = []) -> RESPValue {
            .array([
                .bulkString("new"), .integer(-2), .set(flags.map { .simpleString(RedisBytes($0)) }), .integer(keys.0),
                .integer(keys.1), .integer(keys.2), .set([]), .array([]), .array([]), .array(subcommands),
            ])
        }
        #expect(KeyRule(info: info(["write"], (1, -1, 2))) == .range(first: 1, last: -1, step: 2))
        #expect(KeyRule(info: info(["write"], (0, 0, 0))) == KeyRule.none)
        #expect(KeyRule(info: info(["movablekeys"], (1, 1, 1))) == .asked)
        // What no server says must not trap.
        #expect(KeyRule(info: info([], (1, .min, 1))) == KeyRule.none)
        #expect(KeyRule(info: info([], (5, 2, 1))) == KeyRule.none)
        #expect(KeyRule(info: info([], (1, .max, .max))) == KeyRule.none)
        let far = KeyRule(info: info([], (.max, -1, .max)))
        #expect(far.map { CommandTarget(Self.command("NEW a"), $0) } == .anywhere)
        #expect(KeyRule(info: .null) == nil)
        #expect(KeyRule(info: .array([.integer(1)])) == nil)
        var sub = info(["write"], (2, 2, 1))
        if case .array(var fields) = sub {
            fields[0] = .bulkString("new|make")
            sub = .array(fields)
        }
        let container = KeyRule(info: info([], (0, 0, 0), [sub, .null]))
        #expect(container == .subcommands(["MAKE": .range(first: 2, last: 2, step: 1)]))
        #expect(container.map { CommandTarget(Self.command("NEW make a"), $0) } == .slot(Self.slotOfA))
        #expect(container.map { CommandTarget(Self.command("NEW other a"), $0) } == .anywhere)
    }

    private static func command(_ text: String) -> RedisCommand {
        RedisCommand(text.split(separator: " ").map { RedisBytes(String($0)) })
    }
}
