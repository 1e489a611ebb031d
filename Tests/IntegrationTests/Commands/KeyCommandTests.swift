import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed commands for keys, hashes and scripts", .tags(.server), .timeLimit(.minutes(1)))
struct KeyCommandTests {
    @Test("handle keys", arguments: bothProtocols)
    func keys(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.keys, version) }

    @Test("read and write hashes", arguments: bothProtocols)
    func hashes(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.hashes, version) }

    @Test("run scripts", arguments: bothProtocols)
    func scripts(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.scripts, version) }

    static let keys: CommandCheck = { client, release in
        #expect(try await client.randomkey() == nil)
        for key in ["a", "b", "c"] { try await client.set(key, key) }
        #expect(try await client.exists("a", "a", "none") == 2)
        #expect(try await client.exists(["a", "b"]) == 2)
        #expect(try await client.touch("a", "none") == 1)
        #expect(try await client.touch(["a", "b"]) == 2)
        #expect(try await client.del("a", "none") == 1)
        #expect(try await client.unlink("b") == 1)
        #expect(try await client.unlink(["b"]) == 0)
        #expect(try await client.del(["none"]) == 0)
        #expect(try await client.randomkey() == "c")
        #expect(try await client.keys("*") == ["c"])
        try await client.rename("c", "d")
        #expect(await failure { try await client.rename("none", "d") }?.serverMessage == "ERR no such key")
        try await client.set("e", "e")
        #expect(try await client.renamenx("d", "e") == false)
        #expect(try await client.renamenx("d", "f") == true)
        let dump = try #require(try await client.dump("f"))
        #expect(try await client.dump("none") == nil)
        try await client.restore("g", dump)
        #expect(try await client.get("g") == "c")
        #expect(try await client.ttl("g") == .never)
        #expect(await failure { try await client.restore("g", dump) }?.serverPrefix == "BUSYKEY")
        try await client.restore("g", dump, expiringAfter: .seconds(50), replacing: true)
        guard case .after = try await client.ttl("g") else { throw TestFailure("g does not expire") }
        if release.isAtLeast(6, 2) {
            #expect(try await client.copy("e", to: "g") == false)
            #expect(try await client.copy("e", to: "g", replacing: true) == true)
            #expect(try await client.copy("none", to: "h") == false)
        }
        try await client.rpush("list", 1)
        try await client.sadd("set", 1)
        try await client.zadd("sorted", 1, 1)
        try await client.hset("hash", 1, 1)
        try await client.xadd("stream", ["a": 1])
        let types: [(String, RedisKeyType)] = [
            ("none", .missing), ("e", .string), ("list", .list), ("set", .set), ("sorted", .sortedSet),
            ("hash", .hash), ("stream", .stream),
        ]
        for (key, type) in types { #expect(try await client.type(key) == type) }
        #expect(try await client.objectEncoding("set") == "intset")
        #expect(try await client.objectEncoding("none") == nil)
        #expect(try #require(try await client.objectIdleTime("set")) < .seconds(60))
        #expect(try await client.objectIdleTime("none") == nil)
        #expect(await failure { _ = try await client.objectFreq("set") }?.code == .serverError)
        #expect(try await client.memoryUsage("set") ?? 0 > 10)
        #expect(try await client.memoryUsage("none", samples: 0) == nil)
        let pageRequest = RedisRequest<RedisScanPage<RedisBytes>>.scan(from: 0, match: "li*", count: 1000)
        #expect(try await client.send(pageRequest) == RedisScanPage(next: 0, elements: ["list"]))
    }

    static let hashes: CommandCheck = { client, release in
        #expect(try await client.hgetall("h") == [:])
        #expect(try await client.hset("h", "a", 1) == true)
        #expect(try await client.hset("h", "a", 2) == false)
        #expect(try await client.hset("h", ["a": 3, "b": "four"]) == 1)
        #expect(try await client.hget("h", "a") == "3")
        #expect(try await client.hget("h", "a", as: Int.self) == 3)
        #expect(try await client.hget("h", "none") == nil)
        #expect(try await client.hmget("h", "b", "none") == ["four", nil])
        #expect(try await client.hmget("h", ["a"], as: Int.self) == [3])
        #expect(try await client.hgetall("h") == ["a": "3", "b": "four"])
        #expect(try await client.hgetall("h", as: String.self)["b"] == "four")
        #expect(try await client.hsetnx("h", "a", 9) == false)
        #expect(try await client.hexists("h", "a") == true)
        #expect(try await client.hlen("h") == 2)
        #expect(try await Set(client.hkeys("h")) == ["a", "b"])
        #expect(try await Set(client.hvals("h")) == ["3", "four"])
        #expect(try await client.hstrlen("h", "b") == 4)
        #expect(try await client.hincrby("h", "a", -5) == -2)
        #expect(try await client.hincrbyfloat("h", "a", 0.5) == -1.5)
        #expect(try await client.hdel("h", "b", "none") == 1)
        #expect(try await client.hdel("h", ["b"]) == 0)
        if release.isAtLeast(6, 2) {
            #expect(try await client.hrandfield("h", 5) == ["a"])
            #expect(try await client.hrandfield("h", -2) == ["a", "a"])
            #expect(try await client.hrandfield("none", 1) == [])
        }
        let page = try await client.send(.hscan("h", from: 0))
        #expect(page == RedisScanPage(next: 0, elements: [RedisField("a", "-1.5")]))
        if release.isAtLeast(redis: ServerVersion(8), valkey: ServerVersion(9)) {
            #expect(try await client.hsetex("x", ["a": 1, "b": 2], expiry: .after(.seconds(100))) == true)
            #expect(try await client.hsetex("x", ["a": 1], if: .absent) == false)
            #expect(try await client.hgetex("x", ["a", "none"], expiry: .never) == ["1", nil])
            #expect(try await client.httl("x", ["a"]) == [.never])
        }
        if release.isAtLeast(redis: ServerVersion(8), valkey: ServerVersion(9, 1)) {
            #expect(try await client.hgetdel("x", ["b", "none"]) == ["2", nil])
            #expect(try await client.hlen("x") == 1)
        }
    }

    static let scripts: CommandCheck = { client, release in
        let script = "return {KEYS[1], ARGV[1], ARGV[2]}"
        #expect(
            try await client.eval(script, keys: ["k"], arguments: ["x", 5])
                == .array([.bulkString("k"), .bulkString("x"), .bulkString("5")])
        )
        #expect(try await client.eval("return 1", as: Int.self) == 1)
        #expect(try await client.eval("return ARGV", arguments: [1, 2], as: [Int].self) == [1, 2])
        let sha = try await client.scriptLoad(script)
        #expect(try await client.scriptExists(sha, "0") == [true, false])
        #expect(try await client.scriptExists([sha]) == [true])
        #expect(
            try await client.evalsha(sha, keys: ["k"], arguments: [1, 2], as: [String].self) == ["k", "1", "2"]
        )
        #expect(try await client.evalsha(sha, keys: ["k"], arguments: [1, 2]).elements?.count == 3)
        try await client.scriptFlush()
        #expect(await failure { _ = try await client.evalsha(sha, keys: ["k"]) }?.serverPrefix == "NOSCRIPT")
        guard release.isAtLeast(7) else { return }
        #expect(try await client.evalReadOnly("return redis.call('GET', KEYS[1])", keys: ["k"]) == .null)
        #expect(try await client.evalReadOnly("return 2", as: Int.self) == 2)
        let shaOfTwo = try await client.scriptLoad("return 2")
        #expect(try await client.evalshaReadOnly(shaOfTwo, as: Int.self) == 2)
        #expect(try await client.evalshaReadOnly(shaOfTwo) == .integer(2))
        let library = """
            #!lua name=mylib
            redis.register_function{
              function_name='f', flags={'no-writes'}, callback=function(keys, args) return args[1] end}
            """
        #expect(try await client.functionLoad(library) == "mylib")
        #expect(await failure { try await client.functionLoad(library) }?.code == .serverError)
        #expect(try await client.functionLoad(library, replacing: true) == "mylib")
        #expect(try await client.fcall("f", arguments: ["x"]) == .bulkString("x"))
        #expect(try await client.fcall("f", keys: ["k"], arguments: [3], as: Int.self) == 3)
        #expect(try await client.fcallReadOnly("f", arguments: ["x"]) == .bulkString("x"))
        #expect(try await client.fcallReadOnly("f", arguments: [4], as: Int.self) == 4)
        try await client.functionDelete("mylib")
        #expect(try await client.publish("nobody", "x") == 0)
        #expect(try await client.spublish("nobody", "x") == 0)
    }
}
