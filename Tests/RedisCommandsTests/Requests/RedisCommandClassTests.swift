import RedisCommands
import TestSupport
import Testing

@Suite("The class of a command", .tags(.unit))
struct RedisCommandClassTests {
    private static func command(_ text: String) -> RedisCommand {
        RedisCommand(text.split(separator: " ").map { RedisBytes(String($0)) })
    }

    @Test(
        "is told by its name, its subcommand and its options",
        arguments: [
            ("GET k", .readOnly), ("get k", .readOnly), ("GEORADIUSBYMEMBER_RO k", .readOnly), ("PING", .readOnly),
            ("CLIENT LIST", .readOnly), ("client list", .readOnly), ("CLUSTER COUNT-FAILURE-REPORTS x", .readOnly),
            ("COMMAND", .readOnly), ("COMMAND COUNT", .readOnly), ("COMMAND OTHER", .readOnly),
            ("SETNX k v", .checked), ("MSETNX k v", .checked), ("XGROUP CREATE k g $", .checked),
            ("SET k v", .lastWriteWins), ("SET k v PX 5", .lastWriteWins), ("SET k v XX", .lastWriteWins),
            ("SET k v NX", .checked), ("SET k v PX 5 nx", .checked), ("SET k v IFEQ x", .checked),
            ("SET k v GET", .accumulating), ("SET k v NX GET", .accumulating), ("set k v get", .accumulating),
            ("SET NX GET", .lastWriteWins), ("SET NX GET NX", .checked), ("SET", .lastWriteWins),
            ("DELEX k", .lastWriteWins), ("DELEX k IFNE x", .lastWriteWins), ("DELEX k ifeq x", .checked),
            ("DELEX k IFDEQ 00", .checked), ("DELEX IFEQ x", .lastWriteWins), ("SET k v IFDEQ 00", .checked),
            ("DEL k", .lastWriteWins), ("HSET k f v", .lastWriteWins), ("PEXPIRE k 5", .lastWriteWins),
            ("LSET k 0 v", .lastWriteWins), ("ZADD k 1 m", .lastWriteWins), ("ZADD k INCR 1 m", .accumulating),
            ("ZADD INCR 1 m", .lastWriteWins), ("SCRIPT LOAD x", .lastWriteWins), ("SCRIPT EXISTS x", .readOnly),
            ("INCR k", .accumulating), ("LPUSH k v", .accumulating), ("SPOP k", .accumulating),
            ("XADD k * a b", .accumulating), ("PUBLISH c x", .accumulating), ("EVAL x 0", .accumulating),
            ("RENAME a b", .accumulating), ("ZREMRANGEBYRANK k 0 0", .accumulating), ("MULTI", .accumulating),
            ("FLUSHALL", .admin), ("CONFIG SET a b", .admin), ("CONFIG GET a", .readOnly), ("SHUTDOWN", .admin),
            ("CONFIG", .accumulating), ("CONFIG NEW a", .accumulating), ("NOSUCH", .accumulating), ("", .accumulating),
            ("A-NAME-OF-MORE-THAN-THIRTY-TWO-BYTES", .accumulating), ("FT.SEARCH i q", .accumulating),
        ] as [(String, RedisCommandClass)]
    )
    func classes(_ text: String, _ expected: RedisCommandClass) {
        #expect(RedisCommandClass.of(Self.command(text)) == expected)
    }

    @Test("is ordered by the risk of a second execution")
    func order() {
        let classes: [RedisCommandClass] = [.readOnly, .checked, .lastWriteWins, .accumulating, .admin]
        #expect(classes.sorted() == classes)
    }
}
