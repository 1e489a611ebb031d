import RedisCommands
import TestSupport
import Testing

@Suite("What may not go over a link that is shared", .tags(.unit))
struct LinkRuleTests {
    private static func command(_ text: String) -> RedisCommand {
        RedisCommand(text.split(separator: " ").map { RedisBytes(String($0)) })
    }

    @Test(
        "is refused by name, with what does it right",
        arguments: [
            ("MULTI", "MULTI: a transaction", "RedisClient.atomically"),
            ("exec", "EXEC: a transaction", "RedisClient.transaction"),
            ("DISCARD", "DISCARD: ", "atomically"), ("Watch k", "WATCH: ", "transaction(watching:)"),
            ("UNWATCH", "UNWATCH: ", "transaction(watching:)"),
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
        ]
    )
    func refused(_ text: String, _ start: String, _ advice: String) {
        let error = #expect(throws: RedisError.self) { try LinkRule.check(Self.command(text), over: .shared) }
        #expect(error?.code == .invalidCommand)
        #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
    }

    @Test(
        "blocks, and goes over a link of its own",
        arguments: [
            "BLPOP k 0", "BRPOP k 0", "BLMPOP 0 1 k LEFT", "BLMOVE a b LEFT LEFT 0", "BRPOPLPUSH a b 0",
            "BZPOPMIN k 0", "bzpopmax k 0", "BZMPOP 0 1 k MIN", "WAIT 1 0", "WAITAOF 1 0 0",
            "XREAD BLOCK 0 STREAMS s $", "XREAD COUNT 2 block 5 STREAMS s $",
            "XREADGROUP GROUP streams c BLOCK 0 STREAMS s >",
        ]
    )
    func blocking(_ text: String) throws {
        guard case .exclusive = LinkRule.need(of: Self.command(text)) else {
            Issue.record("does not need a link of its own")
            return
        }
    }

    @Test(
        "may go over a link of one caller, which knows of it",
        arguments: ["SELECT 1", "MULTI", "EXEC", "WATCH k", "CLIENT TRACKING ON", "READONLY", "BLPOP k 0"]
    )
    func exclusive(_ text: String) throws { try LinkRule.check(Self.command(text), over: .exclusive) }

    @Test(
        "may go over no link of a client",
        arguments: ["SUBSCRIBE a", "MONITOR", "CLIENT REPLY OFF", "HELLO 3", "QUIT"]
    )
    func never(_ text: String) {
        let error = #expect(throws: RedisError.self) { try LinkRule.check(Self.command(text), over: .exclusive) }
        #expect(error?.code == .invalidCommand)
        #expect(error?.execution == .notExecuted)
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
        guard case .any = LinkRule.need(of: Self.command(text)) else {
            Issue.record("needs more than any link")
            return
        }
    }

    @Test("is no command without a name")
    func empty() throws {
        for command in [RedisCommand([]), [""], ["", "k"]] as [RedisCommand] {
            for link in [LinkRule.Link.shared, .exclusive] {
                let error = #expect(throws: RedisError.self) { try LinkRule.check(command, over: link) }
                #expect(error?.code == .invalidCommand)
                #expect(error?.message == "a command needs a name")
            }
        }
        try LinkRule.check([RedisBytes([0xff, 0x00])], over: .shared)
    }
}
