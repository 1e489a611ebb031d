import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed commands for lists, sets and sorted sets", .tags(.server), .timeLimit(.minutes(1)))
struct CollectionCommandTests {
    @Test("read and write lists", arguments: bothProtocols)
    func lists(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.lists, version) }

    @Test("read and write sets", arguments: bothProtocols)
    func sets(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.sets, version) }

    @Test("read and write sorted sets", arguments: bothProtocols)
    func sortedSets(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await run(Self.sortedSets, version)
    }

    static let lists: CommandCheck = { client, release in
        #expect(try await client.lpop("l") == nil)
        #expect(try await client.lpushx("l", "x") == 0)
        #expect(try await client.rpushx("l", ["x"]) == 0)
        #expect(try await client.rpush("l", "b", "c") == 2)
        #expect(try await client.rpush("l", ["d"]) == 3)
        #expect(try await client.lpush("l", "a") == 4)
        #expect(try await client.lpush("l", [0, 1]) == 6)
        #expect(try await client.rpushx("l", "e") == 7)
        #expect(try await client.lpushx("l", ["9"]) == 8)
        #expect(try await client.lrange("l", 0, -1) == ["9", "1", "0", "a", "b", "c", "d", "e"])
        #expect(try await client.lrange("l", 0, 2, as: Int.self) == [9, 1, 0])
        #expect(try await client.llen("l") == 8)
        #expect(try await client.lindex("l", -1) == "e")
        #expect(try await client.lindex("l", 0, as: Int.self) == 9)
        #expect(try await client.lindex("l", 99) == nil)
        try await client.lset("l", 0, "a")
        #expect(await failure { try await client.lset("l", 99, "a") }?.serverMessage == "ERR index out of range")
        #expect(try await client.lrem("l", 1, "a") == 1)
        try await client.ltrim("l", 2, -1)
        #expect(try await client.lrange("l", 0, -1) == ["a", "b", "c", "d", "e"])
        #expect(try await client.linsert("l", .before, "c", "x") == 6)
        #expect(try await client.linsert("l", .after, "none", "x") == nil)
        #expect(try await client.linsert("none", .after, "a", "x") == 0)
        #expect(try await client.lpop("l") == "a")
        #expect(try await client.rpop("l", as: String.self) == "e")
        #expect(try await client.lrange("l", 0, -1) == ["b", "x", "c", "d"])
        if release.isAtLeast(6, 2) {
            #expect(try await client.lpos("l", "c") == 2)
            #expect(try await client.lpos("l", "none") == nil)
            try await client.rpush("l", "c", "c")
            #expect(try await client.lpos("l", "c", rank: -1) == 5)
            #expect(try await client.lpos("l", "c", count: 0) == [2, 4, 5])
            #expect(try await client.lpos("l", "c", count: 1, rank: 2, maximumLength: 5) == [4])
            #expect(try await client.lpop("l", count: 2) == ["b", "x"])
            #expect(try await client.rpop("l", count: 9, as: String.self) == ["c", "c", "d", "c"])
            #expect(try await client.lpop("l", count: 2) == [])
            try await client.rpush("l", 1, 2)
            #expect(try await client.lmove("l", "m", from: .left, to: .right) == "1")
            #expect(try await client.lmove("l", "m", from: .right, to: .left, as: Int.self) == 2)
            #expect(try await client.lmove("l", "m", from: .right, to: .left) == nil)
            #expect(try await client.lrange("m", 0, -1) == ["2", "1"])
        }
        if release.isAtLeast(7) {
            let popped = try await client.lmpop(["none", "m"], .right, count: 5)
            #expect(popped?.key == "m")
            #expect(popped?.elements == ["1", "2"])
            #expect(try await client.lmpop(["none", "m"], .left) == nil)
        }
    }

    static let sets: CommandCheck = { client, release in
        #expect(try await client.sadd("s", "a", "b", 3) == 3)
        #expect(try await client.sadd("s", ["a", "c"]) == 1)
        #expect(try await Set(client.smembers("s")) == ["a", "b", "3", "c"])
        #expect(try await Set(client.smembers("s", as: String.self)) == ["a", "b", "3", "c"])
        #expect(try await client.smembers("none") == [])
        #expect(try await client.sismember("s", "a") == true)
        #expect(try await client.sismember("s", "x") == false)
        #expect(try await client.scard("s") == 4)
        #expect(try await client.srem("s", "3", "x") == 1)
        #expect(try await client.srem("s", ["x"]) == 0)
        try await client.sadd("t", "b", "c", "d")
        #expect(try await Set(client.sinter("s", "t")) == ["b", "c"])
        #expect(try await Set(client.sunion(["s", "t"])) == ["a", "b", "c", "d"])
        #expect(try await client.sdiff("s", "t") == ["a"])
        #expect(try await client.sdiff(["s", "t"], as: String.self) == ["a"])
        #expect(try await client.sinterstore("u", "s", "t") == 2)
        #expect(try await client.sunionstore("u", ["s", "t"]) == 4)
        #expect(try await client.sdiffstore("u", "s", "t") == 1)
        #expect(try await client.spop("u") == "a")
        #expect(try await client.spop("u") == nil)
        #expect(try await client.spop("u", count: 3) == [])
        #expect(try await client.srandmember("u") == nil)
        #expect(try await client.smove("t", "u", "d") == true)
        #expect(try await client.smove("t", "u", "d") == false)
        #expect(try await client.srandmember("u") == "d")
        #expect(try await client.srandmember("u", count: -3) == ["d", "d", "d"])
        #expect(try await client.srandmember("u", count: 3, as: String.self) == ["d"])
        #expect(try await client.spop("u", count: 3) == ["d"])
        let page = try await client.send(.sscan("s", from: 0, match: "[ab]", count: 100))
        #expect(page.next == 0)
        #expect(Set(page.elements) == ["a", "b"])
        if release.isAtLeast(6, 2) {
            #expect(try await client.smismember("s", "a", "x") == [true, false])
            #expect(try await client.smismember("s", ["a", "x"]) == [true, false])
        }
        if release.isAtLeast(7) {
            #expect(try await client.sintercard(["s", "t"]) == 2)
            #expect(try await client.sintercard(["s", "t"], limit: 1) == 1)
        }
    }

    static let sortedSets: CommandCheck = { client, release in
        func scored(_ member: String, _ score: Double) -> RedisScoredMember { RedisScoredMember(member, score) }
        #expect(try await client.zadd("z", "a", 1) == true)
        #expect(try await client.zadd("z", "a", 1.5) == false)
        #expect(try await client.zadd("z", "b", -.infinity, if: .present) == false)
        #expect(try await client.zadd("z", [scored("b", 2), scored("c", .infinity)]) == 2)
        #expect(try await client.zadd("z", [scored("b", 3)], if: .absent, countingChanged: true) == 0)
        #expect(try await client.zadd("z", [scored("b", 2.5)], countingChanged: true) == 1)
        #expect(try await client.zscore("z", "b") == 2.5)
        #expect(try await client.zscore("z", "c") == .infinity)
        #expect(try await client.zscore("z", "none") == nil)
        #expect(try await client.zincrby("z", "b", -0.5) == 2)
        #expect(try await client.zcard("z") == 3)
        #expect(try await client.zcount("z") == 3)
        #expect(try await client.zcount("z", from: 1.5, to: 2) == 2)
        #expect(try await client.zcount("z", from: .excluding(1.5), to: .highest) == 2)
        #expect(try await client.zrank("z", "c") == 2)
        #expect(try await client.zrevrank("z", "c") == 0)
        #expect(try await client.zrank("z", "none") == nil)
        let all = [scored("a", 1.5), scored("b", 2), scored("c", .infinity)]
        #expect(try await client.zrange("z", 0, -1) == ["a", "b", "c"])
        #expect(try await client.zrange("z", 0, 0, as: String.self) == ["a"])
        #expect(try await client.zrangeWithScores("z", 0, -1) == all)
        #expect(try await client.zrevrange("z", 0, 1) == ["c", "b"])
        #expect(try await client.zrevrangeWithScores("z", 0, -1) == all.reversed())
        #expect(try await client.zrangeWithScores("none", 0, -1) == [])
        #expect(try await client.zrangebyscore("z", from: 2) == ["b", "c"])
        #expect(try await client.zrangebyscore("z", limit: RedisLimit(offset: 1, count: 1)) == ["b"])
        #expect(try await client.zrangebyscoreWithScores("z", to: .excluding(2)) == [scored("a", 1.5)])
        #expect(try await client.zrevrangebyscore("z", from: 2, to: .lowest) == ["b", "a"])
        let page = try await client.send(.zscan("z", from: 0))
        #expect(page.next == 0)
        #expect(Set(page.elements) == Set(all))
        #expect(try await client.zunionstore("u", ["z", "z"]) == 3)
        #expect(try await client.zscore("u", "a") == 3)
        #expect(try await client.zinterstore("u", ["z", "u"], aggregate: .maximum) == 3)
        #expect(try await client.zscore("u", "a") == 3)
        #expect(try await client.zpopmin("u") == scored("a", 3))
        #expect(try await client.zpopmax("u") == scored("c", .infinity))
        #expect(try await client.zpopmin("none") == nil)
        #expect(try await client.zpopmax("z", count: 2) == [scored("c", .infinity), scored("b", 2)])
        #expect(try await client.zpopmin("z", count: 2) == [scored("a", 1.5)])
        #expect(try await client.zpopmin("z", count: 2) == [])
        try await client.zadd("z", all)
        #expect(try await client.zrem("z", "a", "none") == 1)
        #expect(try await client.zrem("z", ["a"]) == 0)
        #expect(try await client.zremrangebyrank("z", 0, 0) == 1)
        #expect(try await client.zremrangebyscore("z", from: 5) == 1)
        if release.isAtLeast(6, 2) {
            try await client.zadd("z", "a", 5)
            #expect(try await client.zmscore("z", "a", "none") == [5, nil])
            #expect(try await client.zmscore("z", ["a"]) == [5])
            let changes = try await [
                client.zadd("z", [scored("a", 4)], if: .greater, countingChanged: true),
                client.zadd("z", [scored("a", 4)], if: .presentAndLess, countingChanged: true),
                client.zadd("z", [scored("new", 4)], if: .presentAndGreater, countingChanged: true),
                client.zadd("z", [scored("new", 4)], if: .less, countingChanged: true),
            ]
            #expect(changes == [0, 1, 0, 1])
        }
    }
}
