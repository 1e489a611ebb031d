import RedisCommands
import RedisRESP

/// What a server answers to typed commands: nothing traps that reads it, and what is read is in its range.
enum TypedReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        let usual = good[source.choice(good.count)]
        let reply = try source.value(changed(usual, &source)).sent()
        for read in readers { try read(reply) }
    }

    /// The same with any of its parts changed.
    private static func changed(_ usual: RESPValue, _ source: inout ReplySource) -> RESPValue {
        guard case .array(let elements) = usual else { return usual }
        var parts: [RESPValue] = []
        for element in elements { parts += source.values(changed(element, &source)) }
        return .array(parts)
    }

    private static func bulk(_ text: String) -> RESPValue { .bulkString(RedisBytes(text)) }

    private static let entry = RESPValue.array([bulk("1-1"), .array([bulk("name"), bulk("value")])])
    private static let good: [RESPValue] = [
        .simpleString("OK"), .integer(1), bulk("1.5"), bulk("zset"), .array([bulk("a"), bulk("1")]),
        .array([.array([bulk("a"), .double(1)])]), .array([bulk("7"), .array([bulk("a"), bulk("1")])]),
        .array([entry]), .array([.array([bulk("key"), .array([entry])])]),
        .array([.integer(1), bulk("1-1"), bulk("2-1"), .array([.array([bulk("ann"), bulk("1")])])]),
        .array([.array([bulk("1-1"), bulk("ann"), .integer(5), .integer(1)])]),
        .array([bulk("0-0"), .array([entry]), .array([bulk("1-1")])]),
        .array([bulk("master"), .integer(1), .array([.array([bulk("::1"), bulk("6379"), bulk("1")])])]),
        .array([bulk("slave"), bulk("::1"), .integer(6379), bulk("connected"), .integer(1)]),
        .array([bulk("sentinel"), .array([bulk("name")])]),
        .array([
            .array([.integer(1), .integer(1), .integer(1), .array([bulk("GET")]), bulk("::1:1"), bulk("name")])
        ]),
        .array([.array([bulk("fork"), .integer(1), .integer(1), .integer(1)])]),
        .array([.array([.integer(1), .integer(1)])]), bulk("# Server\r\nredis_version:7.0.0\r\n"),
        bulk("id=7 addr=::1:1 name=\nid=8\n"),
    ]

    private typealias Reader = @Sendable (RESPValue) throws(Broken) -> Void

    /// Reads a reply with a request, and what it has read with `check`.
    private static func reader<Reply>(
        _ request: RedisRequest<Reply>,
        _ check: @escaping @Sendable (Reply) throws(Broken) -> Void = { _ throws(Broken) in }
    ) -> Reader {
        { reply throws(Broken) in
            let read: Reply
            do throws(RedisError) { read = try request.value(of: reply) } catch {
                return try Broken.unless(error.code == .unexpectedReply, "a reply causes \(error.code)")
            }
            try check(read)
        }
    }

    private static func checkIDs(_ entries: some Sequence<RedisStreamEntry>) throws(Broken) {
        for entry in entries {
            try Broken.unless(RedisStreamID(entry.id.description) == entry.id, "an id is not what it says")
        }
    }

    private static let readers: [Reader] = [
        reader(.get("k")), reader(.mget("k", "l", as: Int.self)), reader(.set("k", "v")),
        reader(.set("k", "v", if: .absent)), reader(.incr("k")), reader(.incrbyfloat("k", 1)),
        reader(.del("k")) { count throws(Broken) in try RepliesProperty.checkCount(count) },
        reader(.ttl("k")), reader(.expiretime("k")), reader(.hexpire("k", ["f"], after: .zero)),
        reader(.hpersist("k", ["f"])), reader(.type("k")), reader(.hgetall("k", as: Double.self)),
        reader(.lpop("k", count: 1, as: String.self)), reader(.linsert("k", .before, "a", "b")),
        reader(.lmpop(["k"], .left)), reader(.smismember("k", "m")),
        reader(.zrangeWithScores("k", 0, 1)) { members throws(Broken) in
            try Broken.unless(!members.contains { $0.score.isNaN }, "a score is no number")
        },
        reader(.zpopmin("k")), reader(.zmscore("k", "m")),
        reader(.xrange("k")) { entries throws(Broken) in try checkIDs(entries) },
        reader(.xread(["k": .end])) { streams throws(Broken) in try checkIDs(streams.values.joined()) },
        reader(.xpending("k", "g")) { summary throws(Broken) in
            try RepliesProperty.checkCount(summary.count)
            for count in summary.consumers.values { try RepliesProperty.checkCount(count) }
        },
        reader(.xpending("k", "g", count: 1)) { entries throws(Broken) in
            for entry in entries { try Broken.unless(entry.idle >= .zero, "an entry waits for a negative time") }
        },
        reader(.xautoclaim("k", "g", "c", idle: .zero)) { claimed throws(Broken) in try checkIDs(claimed.entries) },
        reader(.scan(from: 0)), reader(.hscan("k", from: 0)), reader(.zscan("k", from: 0)),
        reader(.time()), reader(.lastsave()), reader(.role()), reader(.info()), reader(.configGet("*")),
        reader(.clientList()), reader(.clientInfo()), reader(.clientGetName()), reader(.objectIdleTime("k")),
        reader(.slowlogGet()) { entries throws(Broken) in
            for entry in entries { try Broken.unless(entry.duration >= .zero, "a command took a negative time") }
        },
        reader(.latencyLatest()), reader(.latencyHistory("e")), reader(.eval("s", as: [[Int]].self)),
    ]
}
