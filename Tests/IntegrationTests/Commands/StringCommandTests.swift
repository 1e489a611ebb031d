import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed commands for strings, counters and expiry", .tags(.server), .timeLimit(.minutes(1)))
struct StringCommandTests {
    @Test("read and write strings", arguments: bothProtocols)
    func strings(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.strings, version) }

    @Test("count", arguments: bothProtocols)
    func counters(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.counters, version) }

    @Test("let keys expire", arguments: bothProtocols)
    func expiry(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.expiry, version) }

    static let strings: CommandCheck = { client, release in
        #expect(try await client.get("a") == nil)
        #expect(try await client.get("a", as: Int.self) == nil)
        try await client.set("a", "1")
        #expect(try await client.get("a") == "1")
        #expect(try await client.get("a", as: Int.self) == 1)
        #expect(try await client.get("a", as: String.self) == "1")
        #expect(try await client.set("a", "2", if: .absent) == false)
        #expect(try await client.set("a", "2", if: .present) == true)
        #expect(try await client.set("b", 3, if: .absent, expiry: .after(.seconds(60))) == true)
        #expect(try await client.mget("a", "none", "b") == ["2", nil, "3"])
        #expect(try await client.mget(["a", "none", "b"]) == ["2", nil, "3"])
        #expect(try await client.mget("a", "b", as: Int?.self) == [2, 3])
        #expect(try await client.mget(["a", "b"], as: Int.self) == [2, 3])
        try await client.mset(["c": "x", "d": 4])
        try await client.mset(RedisPairs(["e": 5]))
        #expect(try await client.mget("c", "d", "e") == ["x", "4", "5"])
        #expect(try await client.msetnx(["e": 1, "f": 1]) == false)
        #expect(try await client.msetnx(["f": 1, "g": 1]) == true)
        #expect(try await client.append("c", "yz") == 3)
        #expect(try await client.strlen("c") == 3)
        #expect(try await client.strlen("none") == 0)
        #expect(try await client.getrange("c", 1, -1) == "yz")
        #expect(try await client.getrange("c", 0, 0, as: String.self) == "x")
        #expect(try await client.setrange("c", 1, "-") == 3)
        #expect(try await client.get("c") == "x-z")
        let binary = RedisBytes([0, 13, 10, 255])
        try await client.set(binary, binary)
        #expect(try await client.get(binary) == binary)
        #expect(await failure { _ = try await client.get(binary, as: String.self) }?.code == .unexpectedReply)
        #expect(try await client.setbit("bits", 7, true) == false)
        #expect(try await client.getbit("bits", 7) == true)
        #expect(try await client.setbit("bits", 7, false) == true)
        #expect(try await client.bitcount("bits") == 0)
        let replies = try await (
            client.send(.set("h", 1)), client.send(.get("h")),
            client.send(.get("h", as: Int.self), timeout: .seconds(9))
        )
        #expect(replies.1 == "1")
        #expect(replies.2 == 1)
        if release.isAtLeast(6) {
            try await client.set("b", "kept", expiry: .keep)
            guard case .after = try await client.ttl("b") else { throw TestFailure("b does not expire") }
        }
        if release.isAtLeast(6, 2) {
            #expect(try await client.setAndGet("a", "3") == "2")
            #expect(try await client.setAndGet("new", "3") == nil)
            #expect(try await client.setAndGet("a", "4", if: .present, as: Int.self) == 3)
            #expect(try await client.getdel("a") == "4")
            #expect(try await client.getdel("a") == nil)
            #expect(try await client.getex("e", expiry: .after(.seconds(100))) == "5")
            guard case .after = try await client.ttl("e") else { throw TestFailure("e does not expire") }
            #expect(try await client.getex("e", expiry: .never, as: Int.self) == 5)
            #expect(try await client.ttl("e") == .never)
            #expect(try await client.getex("none", expiry: .never) == nil)
            try await client.set("b", "x", expiry: .at(RedisTimestamp(microseconds: 4_000_000_000_000_000)))
            guard case .after = try await client.ttl("b") else { throw TestFailure("b does not expire") }
        }
        if release.isAtLeast(8, 4, valkey: ServerVersion(8, 1)) {
            #expect(try await client.set("d", 5, if: .equal("3")) == false)
            #expect(try await client.set("d", 5, if: .equal("4")) == true)
        }
    }

    static let counters: CommandCheck = { client, release in
        #expect(try await client.incr("n") == 1)
        #expect(try await client.incrby("n", 41) == 42)
        #expect(try await client.decr("n") == 41)
        #expect(try await client.decrby("n", 50) == -9)
        #expect(try await client.incrbyfloat("f", 1.5) == 1.5)
        #expect(try await client.incrbyfloat("f", -2) == -0.5)
        try await client.set("n", Int.max)
        #expect(await failure { try await client.incr("n") }?.code == .serverError)
        #expect(try await client.get("n", as: Int.self) == .max)
        #expect(try await client.pfadd("p", "a", "b", 3) == true)
        #expect(try await client.pfadd("p", ["a", "b"]) == false)
        #expect(try await client.pfcount("p") == 3)
        try await client.pfmerge("q", "p")
        try await client.pfmerge("q", ["p"])
        #expect(try await client.pfcount(["p", "q"]) == 3)
    }

    static let expiry: CommandCheck = { client, release in
        try await client.set("a", "1")
        #expect(try await client.ttl("none") == .missing)
        #expect(try await client.ttl("a") == .never)
        #expect(try await client.expire("none", after: .seconds(1)) == false)
        #expect(try await client.expire("a", after: .milliseconds(99_500)) == true)
        guard case .after(let left) = try await client.ttl("a") else { throw TestFailure("a does not expire") }
        #expect(left <= .milliseconds(99_500) && left > .seconds(60))
        #expect(try await client.persist("a") == true)
        #expect(try await client.persist("a") == false)
        let time = RedisTimestamp(microseconds: 4_000_000_000_123_000)
        #expect(try await client.expire("a", at: time) == true)
        if release.isAtLeast(7) {
            #expect(try await client.expiretime("a") == .at(time))
            #expect(try await client.expiretime("none") == .missing)
            #expect(try await client.expire("a", after: .seconds(10), if: .withoutExpiry) == false)
            #expect(try await client.expire("a", after: .seconds(10), if: .later) == false)
            #expect(try await client.expire("a", after: .seconds(10), if: .earlier) == true)
            #expect(try await client.expire("a", at: time, if: .withExpiry) == true)
            try await client.persist("a")
            #expect(try await client.expiretime("a") == .never)
        }
        #expect(try await client.expire("a", after: .zero) == true)
        #expect(try await client.ttl("a") == .missing)
        // The shortest time is a millisecond, and not zero, which a SET refuses.
        try await client.set("short", "x", expiry: .after(.nanoseconds(1)))
        #expect(await failure { try await client.set("x", "x", expiry: .after(.zero)) }?.code == .serverError)
        // The longest one does not pass the end of the server's numbers, where a key would expire at once.
        try await client.set("x", "x", expiry: .after(.seconds(Int64.max)))
        guard case .after(let long) = try await client.ttl("x") else { throw TestFailure("x does not expire") }
        #expect(long > .seconds(4_000_000_000_000_000))
        if release.isAtLeast(redis: ServerVersion(7, 4), valkey: ServerVersion(9)) {
            try await client.hset("h", ["a": 1, "b": 2])
            #expect(try await client.httl("h", ["a", "none"]) == [.never, .missing])
            #expect(try await client.hexpire("h", ["a", "none"], after: .seconds(100)) == [.set, .missing])
            guard case .after = try await client.httl("h", ["a"]).first else { throw TestFailure("no expiry") }
            #expect(
                try await client.hexpire("h", ["a"], after: .seconds(100), if: .withoutExpiry) == [.conditionNotMet]
            )
            #expect(try await client.hpersist("h", ["a", "b", "none"]) == [.persisted, .hadNoExpiry, .missing])
            #expect(try await client.hexpire("h", ["b"], after: .zero) == [.removed])
        }
    }
}

/// A check that is no expectation.
struct TestFailure: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
