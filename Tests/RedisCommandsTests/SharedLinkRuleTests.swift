import RedisCommands
import TestSupport
import Testing

@Suite("What may not go over a link that is shared", .tags(.unit))
struct SharedLinkRuleTests {
    private static func command(_ text: String) -> RedisCommand {
        RedisCommand(text.split(separator: " ").map { RedisBytes(String($0)) })
    }

    @Test(
        "is refused by name, with what does it right",
        arguments: [
            ("MULTI", "MULTI: a transaction", "EVAL"), ("exec", "EXEC: a transaction", "EVAL"),
            ("DISCARD", "DISCARD: ", "EVAL"), ("Watch k", "WATCH: ", "EVAL"), ("UNWATCH", "UNWATCH: ", "EVAL"),
            ("SELECT 1", "SELECT: ", "RedisConfiguration.database"), ("SUBSCRIBE a", "SUBSCRIBE: ", "PubSub"),
            ("PSUBSCRIBE a", "PSUBSCRIBE: ", "PubSub"), ("SSUBSCRIBE a", "SSUBSCRIBE: ", "PubSub"),
            ("UNSUBSCRIBE", "UNSUBSCRIBE: ", "PubSub"), ("PUNSUBSCRIBE", "PUNSUBSCRIBE: ", "PubSub"),
            ("SUNSUBSCRIBE", "SUNSUBSCRIBE: ", "PubSub"), ("MONITOR", "MONITOR: ", "Monitor watches"),
            ("CLIENT REPLY OFF", "CLIENT REPLY: ", "ignored"),
            ("client tracking on", "CLIENT TRACKING: ", "Invalidations"),
            ("CLIENT CACHING YES", "CLIENT CACHING: ", "Invalidations"),
            ("HELLO 3", "HELLO: ", "protocolVersion"), ("AUTH x", "AUTH: ", "RedisConfiguration.credentials"),
            ("RESET", "RESET: ", "close()"), ("QUIT", "QUIT: ", "close()"),
            ("ASKING", "ASKING: ", "RedisConfiguration.cluster"),
            ("READONLY", "READONLY: ", "RedisConfiguration.cluster"),
            ("READWRITE", "READWRITE: ", "RedisConfiguration.cluster"), ("PSYNC ? -1", "PSYNC: ", "replica"),
            ("SYNC", "SYNC: ", "replica"), ("REPLCONF ack 1", "REPLCONF: ", "replica"),
            ("SCRIPT DEBUG YES", "SCRIPT DEBUG: ", "debugger"),
            ("BLPOP k 0", "BLPOP: ", " LPOP,"), ("BRPOP k 0", "BRPOP: ", " RPOP,"),
            ("BLMPOP 0 1 k LEFT", "BLMPOP: ", " LMPOP,"),
            ("BLMOVE a b LEFT LEFT 0", "BLMOVE: ", " LMOVE,"), ("BRPOPLPUSH a b 0", "BRPOPLPUSH: ", " RPOPLPUSH,"),
            ("BZPOPMIN k 0", "BZPOPMIN: ", " ZPOPMIN,"), ("bzpopmax k 0", "BZPOPMAX: ", " ZPOPMAX,"),
            ("BZMPOP 0 1 k MIN", "BZMPOP: ", " ZMPOP,"), ("WAIT 1 0", "WAIT: ", "INFO replication"),
            ("WAITAOF 1 0 0", "WAITAOF: ", "INFO replication"),
            ("XREAD BLOCK 0 STREAMS s $", "XREAD with BLOCK: ", "without BLOCK"),
            ("XREAD COUNT 2 block 5 STREAMS s $", "XREAD with BLOCK: ", "without BLOCK"),
            ("XREADGROUP GROUP streams c BLOCK 0 STREAMS s >", "XREADGROUP with BLOCK: ", "without BLOCK"),
        ]
    )
    func refused(_ text: String, _ start: String, _ advice: String) {
        let error = #expect(throws: RedisError.self) { try SharedLinkRule.check(Self.command(text)) }
        #expect(error?.code == .invalidCommand)
        #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
    }

    @Test(
        "is nothing else",
        arguments: [
            "GET k", "LPOP k", "XREAD STREAMS BLOCK 0", "XREAD COUNT 1 STREAMS s 0",
            "XREADGROUP GROUP BLOCK c STREAMS s >",
            "XREADGROUP GROUP g BLOCK NOACK STREAMS s >", "CLIENT", "CLIENT LIST", "CLIENT SETNAME REPLY",
            "SCRIPT LOAD DEBUG",
            "MULTIPLE", "HELLO", "PUBLISH a MULTI", "EVAL code 0", "A-NAME-THAT-IS-LONGER-THAN-ANY", "PUBSUB NUMPAT",
            "X",
        ]
    )
    func allowed(_ text: String) throws {
        try SharedLinkRule.check(Self.command(text))
    }

    @Test("is no command without a name")
    func empty() throws {
        try SharedLinkRule.check(RedisCommand([]))
        try SharedLinkRule.check([""])
        try SharedLinkRule.check([RedisBytes([0xff, 0x00])])
    }
}
