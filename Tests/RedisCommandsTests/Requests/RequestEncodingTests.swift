import RedisCommands
import TestSupport
import Testing

@Suite("What a typed command sends", .tags(.unit))
struct RequestEncodingTests {
    /// The arguments of a request with blanks between.
    private func sent<Reply>(_ request: RedisRequest<Reply>) -> String {
        request.command.arguments.map(\.description).joined(separator: " ")
    }

    private let time = RedisTimestamp(microseconds: 1_700_000_000_123_001)

    @Test("is its name and its arguments, and options as the servers read them")
    func strings() {
        #expect(sent(.get("k")) == "GET k")
        #expect(sent(.get("k", as: Int.self)) == "GET k")
        #expect(sent(.mget("a", 5, RedisBytes("c"))) == "MGET a 5 c")
        #expect(sent(.mget(["a", "b"])) == "MGET a b")
        #expect(sent(.mget([RedisBytes]())) == "MGET")
        #expect(sent(.set("k", 5)) == "SET k 5")
        #expect(sent(.set("k", "v", expiry: .after(.seconds(2)))) == "SET k v PX 2000")
        #expect(sent(.set("k", "v", expiry: .at(time))) == "SET k v PXAT 1700000000124")
        #expect(sent(.set("k", "v", expiry: .keep)) == "SET k v KEEPTTL")
        #expect(sent(.set("k", "v", if: .absent, expiry: .after(.seconds(1)))) == "SET k v NX PX 1000")
        #expect(sent(.set("k", "v", if: .present)) == "SET k v XX")
        #expect(sent(.set("k", "v", if: .equal("old"))) == "SET k v IFEQ old")
        #expect(sent(.setAndGet("k", "v")) == "SET k v GET")
        #expect(sent(.setAndGet("k", "v", if: .present, expiry: .keep, as: Int.self)) == "SET k v XX KEEPTTL GET")
        #expect(sent(.getex("k", expiry: .never)) == "GETEX k PERSIST")
        #expect(sent(.getex("k", expiry: .after(.milliseconds(5)))) == "GETEX k PX 5")
        #expect(sent(.mset(["a": 1, "b": "x"])) == "MSET a 1 b x")
        #expect(sent(.mset(RedisPairs([("b", 1), ("a", 2)]))) == "MSET b 1 a 2")
        #expect(sent(.setbit("k", 3, true)) == "SETBIT k 3 1")
        #expect(sent(.expire("k", after: .seconds(1), if: .later)) == "PEXPIRE k 1000 GT")
        #expect(sent(.expire("k", at: time, if: .withoutExpiry)) == "PEXPIREAT k 1700000000124 NX")
        #expect(sent(.hexpire("k", ["a", "b"], after: .seconds(1))) == "HPEXPIRE k 1000 FIELDS 2 a b")
        #expect(sent(.hsetex("k", ["a": 1], if: .present, expiry: .keep)) == "HSETEX k FXX KEEPTTL FIELDS 1 a 1")
    }

    @Test("has times in milliseconds, of which a part counts as a whole one")
    func times() {
        let durations: [(Duration, Int)] = [
            (.zero, 0), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1001), 2), (.seconds(1), 1000),
            (.microseconds(-500), 0), (.microseconds(-1500), -1), (.seconds(-2), -2000), (.seconds(Int64.max), 1 << 62),
            (.seconds(Int64.min), -(1 << 62)),
        ]
        for (duration, milliseconds) in durations {
            #expect(sent(.expire("k", after: duration)) == "PEXPIRE k \(milliseconds)")
        }
        for (microseconds, milliseconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (-1500, -1)] as [(Int64, Int)] {
            let time = RedisTimestamp(microseconds: microseconds)
            #expect(sent(.expire("k", at: time)) == "PEXPIREAT k \(milliseconds)")
        }
        #expect(sent(.expire("k", at: RedisTimestamp(microseconds: .max))) == "PEXPIREAT k 9223372036854776")
    }

    @Test("has the options of lists, sets and sorted sets in their places")
    func collections() {
        #expect(sent(.lpos("k", "e", rank: -1)) == "LPOS k e RANK -1")
        #expect(sent(.lpos("k", "e", count: 0, rank: 2, maximumLength: 9)) == "LPOS k e RANK 2 COUNT 0 MAXLEN 9")
        #expect(sent(.lmpop(["a", "b"], .left, count: 2)) == "LMPOP 2 a b LEFT COUNT 2")
        #expect(sent(.lmove("a", "b", from: .left, to: .right)) == "LMOVE a b LEFT RIGHT")
        #expect(sent(.linsert("k", .before, "p", "e")) == "LINSERT k BEFORE p e")
        #expect(sent(.sintercard(["a"], limit: 3)) == "SINTERCARD 1 a LIMIT 3")
        #expect(sent(.zadd("k", "m", 1.5, if: .presentAndLess)) == "ZADD k XX LT 1.5 m")
        let members = [RedisScoredMember("a", 1), RedisScoredMember("b", -.infinity)]
        #expect(sent(.zadd("k", members, if: .greater, countingChanged: true)) == "ZADD k GT CH 1.0 a -inf b")
        #expect(sent(.zcount("k")) == "ZCOUNT k -inf +inf")
        #expect(
            sent(.zrangebyscoreWithScores("k", from: .excluding(1), to: 5, limit: RedisLimit(count: 2)))
                == "ZRANGEBYSCORE k (1.0 5.0 WITHSCORES LIMIT 0 2"
        )
        #expect(sent(.zrevrangebyscore("k", from: 5, to: 1.5)) == "ZREVRANGEBYSCORE k 5.0 1.5")
        #expect(sent(.zunionstore("d", ["a", "b"], aggregate: .minimum)) == "ZUNIONSTORE d 2 a b AGGREGATE MIN")
        #expect(sent(.hscan("k", from: 7, match: "a*", count: 5)) == "HSCAN k 7 MATCH a* COUNT 5")
        #expect(sent(.scan(from: .max, type: .sortedSet)) == "SCAN 18446744073709551615 TYPE zset")
    }

    @Test("has the options of streams in their places")
    func streams() {
        let id = RedisStreamID(milliseconds: 5, sequence: 1)
        #expect(sent(.xadd("k", ["a": 1])) == "XADD k * a 1")
        #expect(sent(.xadd("k", ["a": 1], id: .id(id), trim: .maximumLength(9))) == "XADD k MAXLEN ~ 9 5-1 a 1")
        #expect(sent(.xadd(toExisting: "k", ["a": 1], id: .nextIn(milliseconds: 6))) == "XADD k NOMKSTREAM 6-* a 1")
        #expect(sent(.xtrim("k", .minimumID(id, limit: 5))) == "XTRIM k MINID ~ 5-1 LIMIT 5")
        #expect(sent(.xtrim("k", .maximumLength(5, isExact: true, limit: 5))) == "XTRIM k MAXLEN 5")
        #expect(sent(.xrange("k", from: .excluding(id), count: 2)) == "XRANGE k (5-1 + COUNT 2")
        #expect(sent(.xrevrange("k", to: .including(id))) == "XREVRANGE k + 5-1")
        #expect(
            sent(.xread(["a": .after(id), "b": .end], count: 3, blocking: .milliseconds(20)))
                == "XREAD COUNT 3 BLOCK 20 STREAMS a b 5-1 $"
        )
        #expect(
            sent(.xreadgroup("g", "c", ["a": .undelivered, "b": .beginning], acknowledging: true))
                == "XREADGROUP GROUP g c NOACK STREAMS a b > 0-0"
        )
        #expect(sent(.xgroupCreate("k", "g", from: .end, makingStream: true)) == "XGROUP CREATE k g $ MKSTREAM")
        #expect(sent(.xpending("k", "g")) == "XPENDING k g")
        #expect(
            sent(.xpending("k", "g", count: 5, idle: .seconds(1), consumer: "c")) == "XPENDING k g IDLE 1000 - + 5 c"
        )
        #expect(sent(.xclaim("k", "g", "c", idle: .seconds(1), id, .zero)) == "XCLAIM k g c 1000 5-1 0-0")
        #expect(sent(.xautoclaim("k", "g", "c", idle: .zero, count: 5)) == "XAUTOCLAIM k g c 0 0-0 COUNT 5")
        #expect(sent(.xack("k", "g", [id])) == "XACK k g 5-1")
    }

    @Test("has the arguments of scripts and of questions to a server in their places")
    func others() {
        #expect(sent(.eval("s", keys: ["a", "b"], arguments: [1, "x"])) == "EVAL s 2 a b 1 x")
        #expect(sent(.fcallReadOnly("f", as: Int.self)) == "FCALL_RO f 0")
        #expect(sent(.functionLoad("code", replacing: true)) == "FUNCTION LOAD REPLACE code")
        #expect(
            sent(.clientKill(.id(5), .kind(.primary), .skippingOwn(false))) == "CLIENT KILL ID 5 TYPE master SKIPME no"
        )
        #expect(
            sent(.clientList(.address("a:1"), .localAddress("b:2"), .user("u")))
                == "CLIENT LIST ADDR a:1 LADDR b:2 USER u"
        )
        #expect(sent(.clientUnblock(5, .error)) == "CLIENT UNBLOCK 5 ERROR")
        #expect(sent(.memoryUsage("k", samples: 0)) == "MEMORY USAGE k SAMPLES 0")
        #expect(sent(.info()) == "INFO")
        #expect(sent(.info("server", "memory")) == "INFO server memory")
        #expect(sent(.configSet(["a": 1])) == "CONFIG SET a 1")
        #expect(sent(.ping()) == "PING")
        #expect(sent(.restore("k", "dump", replacing: true)) == "RESTORE k 0 dump REPLACE")
        #expect(sent(.copy("a", to: "b")) == "COPY a b")
    }
}
