import RedisCommands
import TestSupport
import Testing

@Suite("The reply of a typed command", .tags(.unit))
struct ReplyShapeTests {
    private func bulk(_ text: String) -> RESPValue { .bulkString(RedisBytes(text)) }

    /// Expects that a request reads none of these replies.
    private func expectUnread<Reply>(
        _ request: RedisRequest<Reply>,
        _ replies: RESPValue...,
        location: SourceLocation = #_sourceLocation
    ) {
        for reply in replies {
            let error = #expect(throws: RedisError.self, "\(reply)", sourceLocation: location) {
                _ = try request.value(of: reply)
            }
            #expect(error?.code == .unexpectedReply, sourceLocation: location)
        }
    }

    @Test("is refused when it has another form, and numbers when they do not fit")
    func wrong() {
        let large = bulk("9223372036854775808")
        expectUnread(.get("k"), .integer(1), .array([]), .boolean(true))
        expectUnread(.get("k", as: Int.self), bulk("x"), large, bulk(""), bulk("1 "))
        expectUnread(.get("k", as: String.self), .bulkString(RedisBytes([255])))
        expectUnread(.mget("k"), .null, bulk("x"), .array([.integer(1)]), .array([.array([])]))
        expectUnread(.set("k", "v"), .null, .integer(1), .simpleString("QUEUED"), bulk("OK"))
        expectUnread(.set("k", "v", if: .absent), .integer(1), .simpleString("NO"))
        expectUnread(.incr("k"), .null, bulk("x"), large, .bigNumber("9223372036854775808"), .double(1), .array([]))
        expectUnread(.del("k"), .integer(-1), .integer(.max), .null)
        expectUnread(.incrbyfloat("k", 1), bulk("x"), .null, .array([]))
        expectUnread(.ttl("k"), .integer(-3), .null, bulk("x"), large)
        expectUnread(.expiretime("k"), .integer(-3), .integer(.max), .null)
        expectUnread(.persist("k"), .integer(2), .null, bulk("x"))
        expectUnread(.hexpire("k", ["a"], after: .zero), .array([.integer(3)]), .null)
        expectUnread(.hpersist("k", ["a"]), .array([.integer(0)]), .integer(1))
        expectUnread(.type("k"), .null, .integer(1), .bulkString(RedisBytes([255])))
        expectUnread(.hgetall("k"), .array([bulk("a")]), .null, .array([.integer(1), .null]), bulk("x"))
        expectUnread(.hgetall("k", as: Int.self), .array([bulk("a"), bulk("x")]))
        expectUnread(.lpop("k", count: 1), bulk("x"), .array([.null]))
        expectUnread(.linsert("k", .before, "a", "b"), .integer(-2), .null)
        expectUnread(.lmpop(["k"], .left), .array([bulk("k")]), .array([.null, .array([])]), bulk("x"))
        expectUnread(.zscore("k", "m"), bulk("x"), .array([]))
        expectUnread(.zrank("k", "m"), bulk("x"), large)
        expectUnread(
            .zrangeWithScores("k", 0, 1),
            .null,
            .array([bulk("a")]),
            .array([bulk("a"), bulk("x")]),
            .array([.array([bulk("a")])]),
            .array([.array([bulk("a"), .double(1)]), bulk("x")]),
            .array([bulk("a"), bulk("nan")]),
            .array([.array([.null, .double(1)])])
        )
        expectUnread(.zpopmin("k"), .array([bulk("a")]), .array([bulk("a"), bulk("1"), bulk("b"), bulk("2")]), .null)
        expectUnread(.role(), .null, .array([]), .array([bulk("master")]), .array([bulk("other"), .null]))
        expectUnread(
            .role(),
            .array([bulk("master"), .integer(1), .array([.array([bulk("h"), bulk("x"), bulk("1")])])]),
            .array([bulk("slave"), bulk("h"), .integer(1), bulk("connect")]),
            .array([bulk("sentinel"), .null])
        )
        expectUnread(.time(), .array([bulk("1")]), .array([bulk("x"), bulk("1")]), .array([bulk("-1"), bulk("1")]))
        expectUnread(.time(), .array([bulk("72057594037927936"), bulk("1")]), .null)
        expectUnread(.lastsave(), .null, .integer(-1), .integer(1 << 56))
        expectUnread(.info(), .null, .array([]))
        expectUnread(.configGet("*"), .null, .array([bulk("a")]))
        expectUnread(.clientList(), .null, bulk("addr=x\n"), bulk("id=9223372036854775808\n"))
        expectUnread(.clientInfo(), bulk(""), bulk("id=1\nid=2\n"))
        expectUnread(.clientGetName(), .integer(1))
        expectUnread(.objectIdleTime("k"), bulk("x"), .integer(-1))
        expectUnread(.slowlogGet(), .null, .array([.array([.integer(1)])]))
        expectUnread(.latencyLatest(), .null, .array([.array([bulk("x"), .integer(1), .integer(1)])]))
        expectUnread(
            .latencyHistory("x"),
            .array([.array([.integer(1)])]),
            .array([.array([.integer(-1), .integer(1)])])
        )
        expectUnread(.scan(from: 0), .null, .array([bulk("0")]), .array([bulk("-1"), .array([])]))
        expectUnread(.scan(from: 0), .array([bulk("18446744073709551616"), .array([])]), .array([bulk("0"), .null]))
        expectUnread(.hscan("k", from: 0), .array([bulk("0"), .array([bulk("a")])]))
        expectUnread(.zscan("k", from: 0), .array([bulk("0"), .array([bulk("a"), bulk("x")])]))
        expectUnread(.scriptExists("x"), .array([.integer(2)]), .null)
        expectUnread(.eval("x", as: [Int].self), .array([bulk("x")]), .null)
    }

    @Test("of a stream is refused when it has another form")
    func wrongStreams() {
        let entry = RESPValue.array([bulk("1-1"), .array([bulk("a"), bulk("b")])])
        expectUnread(.xadd("k", ["a": 1]), .null, bulk("x"), bulk("1-x"), bulk("-1"), bulk("1-1-1"), bulk("+1-1"))
        expectUnread(.xadd("k", ["a": 1]), bulk("18446744073709551616-0"), bulk("1-"), bulk(""), bulk("-"))
        expectUnread(
            .xrange("k"),
            .null,
            .array([.array([bulk("1-1")])]),
            .array([.array([bulk("1-1"), .array([bulk("a")])])]),
            .array([.array([bulk("x"), .array([])])]),
            .array([.array([bulk("1-1"), .array([bulk("a"), .null])])])
        )
        expectUnread(
            .xread(["k": .end]),
            bulk("x"),
            .array([.array([bulk("k")])]),
            .array([bulk("k"), .array([entry])]),
            .map([.init(key: .null, value: .array([entry]))]),
            .map([.init(key: bulk("k"), value: .null)])
        )
        expectUnread(
            .xpending("k", "g"),
            .null,
            .array([.integer(1), .null, .null]),
            .array([.integer(-1), .null, .null, .null]),
            .array([.integer(1), bulk("x"), .null, .null]),
            .array([.integer(1), .null, .null, .array([.array([bulk("c")])])])
        )
        expectUnread(.xpending("k", "g", count: 1), .array([.array([bulk("1-1"), bulk("c"), .integer(1)])]), .null)
        expectUnread(
            .xautoclaim("k", "g", "c", idle: .zero),
            .null,
            .array([bulk("0-0")]),
            .array([bulk("0-0"), .array([]), .null]),
            .array([bulk("x"), .array([])])
        )
    }

    @Test("is the same in both protocol versions")
    func both() throws {
        let members = [RedisScoredMember("a", 1), RedisScoredMember("b", .infinity)]
        let flat = RESPValue.array([bulk("a"), bulk("1"), bulk("b"), bulk("inf")])
        let nested = RESPValue.array([.array([bulk("a"), .double(1)]), .array([bulk("b"), .double(.infinity)])])
        for reply in [flat, nested] {
            #expect(try RedisRequest.zrangeWithScores("k", 0, 1).value(of: reply) == members)
        }
        #expect(try RedisRequest.zpopmin("k").value(of: .array([bulk("a"), .double(1)])) == members[0])
        #expect(try RedisRequest.zpopmin("k").value(of: .array([])) == nil)
        let pairs: [RESPValue] = [
            .array([bulk("a"), bulk("1")]), .map([.init(key: bulk("a"), value: bulk("1"))]),
        ]
        for reply in pairs {
            #expect(try RedisRequest<[RedisBytes: RedisBytes]>.hgetall("k").value(of: reply) == ["a": "1"])
            #expect(try RedisRequest.hgetall("k", as: Int.self).value(of: reply) == ["a": 1])
        }
        let entry = RESPValue.array([bulk("1-1"), .array([bulk("a"), bulk("b"), bulk("a"), bulk("c")])])
        let streams: [RESPValue] = [
            .array([.array([bulk("k"), .array([entry])])]), .map([.init(key: bulk("k"), value: .array([entry]))]),
        ]
        let fields = [RedisField("a", "b"), RedisField("a", "c")]
        let read = RedisStreamEntry(id: RedisStreamID(milliseconds: 1, sequence: 1), fields: fields)
        for reply in streams { #expect(try RedisRequest.xread(["k": .end]).value(of: reply) == ["k": [read]]) }
        #expect(try RedisRequest.xread(["k": .end]).value(of: .null) == [:])
        #expect(read["a"] == "b")
        #expect(read["c"] == nil)
        #expect(try RedisRequest.xrange("k").value(of: .array([.null, entry])) == [read])
        #expect(try RedisRequest.sismember("k", "m").value(of: .boolean(true)) == true)
        #expect(try RedisRequest.incrbyfloat("k", 1).value(of: bulk("1.5")) == 1.5)
        #expect(try RedisRequest.incrbyfloat("k", 1).value(of: .double(1.5)) == 1.5)
        let info = try RedisRequest<RedisServerInfo>.info().value(
            of: .verbatimString(format: "txt", text: "# Server\r\na:1:2\r\n\r\n# Empty\r\nodd\r\nb:x\r\n")
        )
        #expect(info.sections == ["Server": ["a": "1:2"], "Empty": ["b": "x"]])
        #expect(info["a"] == "1:2")
        #expect(info["c"] == nil)
        let clients = try RedisRequest.clientList().value(of: bulk("id=3 addr=h:1 name= user=u cmd=a=b\nid=4\n"))
        #expect(clients.map(\.id) == [3, 4])
        #expect(clients[0].name == nil && clients[0].user == "u" && clients[0].address == "h:1")
        #expect(clients[0].fields["cmd"] == "a=b")
    }

    @Test("has ids of streams that are ordered as the entries are")
    func ids() {
        let ids = ["0-1", "0-18446744073709551615", "1-0", "5-9", "5-10", "18446744073709551615-0"]
        let read = ids.compactMap { RedisStreamID($0) }
        #expect(read.map(\.description) == ids)
        #expect(read.shuffled().sorted() == read)
        #expect(RedisStreamID("7") == RedisStreamID(milliseconds: 7))
        #expect(RedisStreamID("18446744073709551615-18446744073709551615")?.sequence == .max)
        for text in ["", "x", "-", "1-", "-1", "1-2-3", "1-2 ", "+1-2", "1--2", "18446744073709551616-0"] {
            #expect(RedisStreamID(text) == nil, "\(text)")
        }
        #expect(RedisStreamID.zero < RedisStreamID(milliseconds: 0, sequence: 1))
    }
}
