import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("The scripts of a lock", .tags(.server), .timeLimit(.minutes(2)))
struct LockScriptTests {
    private struct Scripts {
        let client: RedisClient

        func acquire(_ token: String, time: Int = 60_000, isFair: Bool = false, waits: Bool = false) async throws
            -> RESPValue
        {
            let keys = ["l", "{l}:fence"] + (isFair ? ["{l}:queue", "{l}:turn"] : [])
            let arguments: [any RedisBytesConvertible] = [token, time, "{l}:released", 0, waits ? 1 : 0, ""]
            return try await client.run(isFair ? .acquireFairLock : .acquireLock, keys: keys, arguments: arguments)
        }

        func release(_ token: String, isFair: Bool = false) async throws -> RESPValue {
            let keys = ["l"] + (isFair ? ["{l}:queue", "{l}:turn"] : [])
            let arguments: [any RedisBytesConvertible] = [token, 10_000, "{l}:released", 0]
            return try await client.run(isFair ? .releaseFairLock : .releaseLock, keys: keys, arguments: arguments)
        }

        func renew(_ token: String, _ time: Int, _ mode: String) async throws -> RESPValue {
            let arguments: [any RedisBytesConvertible] = [token, time, "{l}:released", 0, mode]
            return try await client.run(.renewLock, keys: ["l"], arguments: arguments)
        }

        /// The fence of a reply that grants.
        func fence(_ reply: RESPValue) -> Int? {
            guard let elements = reply.elements, elements.count == 2, elements[0] == .integer(1) else { return nil }
            return elements[1].integer
        }
    }

    @Test("grant it to one, and tell another how long it has to wait")
    func acquire() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            let reply = try await scripts.acquire("a")
            let fence = try #require(scripts.fence(reply))
            #expect(try server.command("GET", "l") == "a")
            #expect(try server.command("GET", "{l}:fence") == "\(fence) a")
            let denial = try #require(try await scripts.acquire("b").elements?.map(\.integer))
            #expect(denial.count == 3)
            #expect(denial[0] == 0)
            #expect(50_000...60_000 ~= denial[1] ?? 0)
            #expect(denial[2] == 0)
            #expect(try server.command("GET", "l") == "a")
        }
    }

    @Test("grant it again to the same token with the same fence, as when the first reply was lost")
    func again() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            let first = try await scripts.acquire("a", time: 10_000)
            #expect(try await scripts.acquire("a", time: 20_000) == first)
            #expect(try server.timeToLive("l") > 15_000)
        }
    }

    @Test("give each grant a fence above all before it, also when the key of the fence is gone or from a later clock")
    func fences() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            var fences: [Int] = []
            func grant() async throws {
                fences.append(try #require(scripts.fence(try await scripts.acquire("t\(fences.count)"))))
                #expect(try await scripts.release("t\(fences.count - 1)") == .integer(1))
            }
            for _ in 0..<3 { try await grant() }
            try server.command("DEL", "{l}:fence")
            try await grant()
            // An hour ahead, as after a failover from a server whose clock was wrong.
            let ahead = fences[3] + 3_600_000_000
            try server.command("SET", "{l}:fence", "\(ahead) x")
            try await grant()
            #expect(fences[4] == ahead + 1)
            try await grant()
            #expect(fences[5] == ahead + 2)
            #expect(fences == fences.sorted() && Set(fences).count == fences.count)
            // The server's time in microseconds.
            let now = Int(RedisTimestamp.now().microseconds)
            #expect(now - 60_000_000...now ~= fences[0])
        }
    }

    @Test("say of a holder of another library that it does not announce its end, and of one without an end that")
    func foreign() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            try server.command("SET", "l", "0123456789abcdef", "PX", "5000")
            let denial = try #require(try await scripts.acquire("a").elements?.map(\.integer))
            #expect(denial[0] == 0 && denial[2] == 1)
            try server.command("SET", "l", "0123456789abcdef")
            #expect(try await scripts.acquire("a") == .array([.integer(0), .integer(-1), .integer(1)]))
        }
    }

    @Test("give it back for its holder alone, and announce that")
    func release() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            let pubsub = try PubSub(try server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("{l}:released")
            _ = try await scripts.acquire("a")
            #expect(try await scripts.release("b") == .integer(0))
            #expect(try server.command("GET", "l") == "a")
            #expect(try await scripts.release("a") == .integer(1))
            #expect(try server.command("EXISTS", "l") == "0")
            #expect(try await scripts.release("a") == .integer(0))
            #expect(try await pubsub.next(timeout: .seconds(5)).message?.payload == "released")
            // Only the end of the one lease was announced.
            try server.command("PUBLISH", "{l}:released", "end")
            #expect(try await pubsub.next(timeout: .seconds(5)).message?.payload == "end")
            await pubsub.close()
        }
    }

    @Test("prolong it for its holder alone, in three ways")
    func renew() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            #expect(try await scripts.renew("a", 1000, "least") == .integer(0))
            _ = try await scripts.acquire("a", time: 10_000)
            #expect(try await scripts.renew("b", 1000, "least") == .integer(0))
            #expect(try await scripts.renew("a", 20_000, "least") == .integer(20_000))
            // A longer time stays.
            let left = try #require(try await scripts.renew("a", 1_000, "least").integer)
            #expect(15_000...20_000 ~= left)
            let more = try #require(try await scripts.renew("a", 10_000, "add").integer)
            #expect(25_000...30_000 ~= more)
            #expect(try await scripts.renew("a", 500, "exactly") == .integer(500))
            #expect(try server.timeToLive("l") <= 500)
        }
    }

    @Test("refuse a key of another type with the server's error, and change nothing")
    func wrongType() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            try server.command("RPUSH", "l", "x")
            for call in [
                { try await scripts.acquire("a") }, { try await scripts.release("a") },
                { try await scripts.renew("a", 1000, "least") }, { try await scripts.acquire("a", isFair: true) },
                { try await scripts.release("a", isFair: true) },
            ] as [() async throws -> RESPValue] {
                let error = await #expect(throws: RedisError.self) { _ = try await call() }
                #expect(error?.serverPrefix == "WRONGTYPE")
            }
            #expect(try server.command("LRANGE", "l", "0", "-1") == "x")
            #expect(try server.command("EXISTS", "{l}:fence") == "0")
        }
    }

    @Test("are known again to a server that has forgotten its scripts")
    func flushed() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            _ = try await scripts.acquire("a")
            try server.command("SCRIPT", "FLUSH")
            #expect(try await scripts.release("a") == .integer(1))
        }
    }

    @Test("serve a fair lock in the order in which its waiters came")
    func fair() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            #expect(scripts.fence(try await scripts.acquire("a", isFair: true, waits: true)) != nil)
            for token in ["b", "c"] {
                let denial = try await scripts.acquire(token, isFair: true, waits: true).elements
                #expect(denial?.first == .integer(0))
            }
            // It does not wait, so it leaves nothing.
            _ = try await scripts.acquire("x", isFair: true)
            #expect(try server.command("ZRANGE", "{l}:queue", "0", "-1") == "b\nc")
            #expect(try await scripts.release("a", isFair: true) == .integer(1))
            #expect(try server.command("GET", "{l}:turn").hasSuffix(" b"))
            // It is free, and b's turn.
            for (token, waits) in [("c", true), ("x", false)] {
                let denial = try await scripts.acquire(token, isFair: true, waits: waits)
                #expect(denial.elements?.first == .integer(0))
                #expect(1...5000 ~= denial.elements?[1].integer ?? 0)
            }
            #expect(scripts.fence(try await scripts.acquire("b", isFair: true, waits: true)) != nil)
            #expect(try server.command("ZRANGE", "{l}:queue", "0", "-1") == "c")
            #expect(try server.command("EXISTS", "{l}:turn") == "0")
        }
    }

    @Test("pass over who does not take its turn, and who has given up")
    func lapsedTurn() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            _ = try await scripts.acquire("a", isFair: true, waits: true)
            for token in ["b", "c", "d"] { _ = try await scripts.acquire(token, isFair: true, waits: true) }
            // It has waited and gives up: it never had the lock.
            #expect(try await scripts.release("b", isFair: true) == .integer(0))
            #expect(try await scripts.release("a", isFair: true) == .integer(1))
            #expect(try server.command("GET", "{l}:turn").hasSuffix(" c"))
            // The turn of c was long ago.
            try server.command("SET", "{l}:turn", "1 c")
            #expect(scripts.fence(try await scripts.acquire("d", isFair: true, waits: true)) != nil)
            #expect(try server.command("EXISTS", "{l}:queue") == "0")
        }
    }

    @Test("tell the first one that it is its turn, and the next one if it gives up then")
    func turnIsTold() async throws {
        try await withClient { server, client in
            let scripts = Scripts(client: client)
            let pubsub = try PubSub(try server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("{l}:released")
            _ = try await scripts.acquire("a", isFair: true, waits: true)
            for token in ["b", "c"] { _ = try await scripts.acquire(token, isFair: true, waits: true) }
            _ = try await scripts.release("a", isFair: true)
            #expect(try await pubsub.next(timeout: .seconds(5)).message?.payload == "turn b")
            _ = try await scripts.release("b", isFair: true)
            #expect(try await pubsub.next(timeout: .seconds(5)).message?.payload == "turn c")
            _ = try await scripts.acquire("c", isFair: true, waits: true)
            _ = try await scripts.release("c", isFair: true)
            #expect(try await pubsub.next(timeout: .seconds(5)).message?.payload == "released")
            await pubsub.close()
        }
    }
}
