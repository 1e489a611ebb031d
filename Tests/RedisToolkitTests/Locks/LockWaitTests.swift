import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("Waiting for a lock", .tags(.server), .timeLimit(.minutes(2)))
struct LockWaitTests {
    private static let channel = "{l}:released"

    /// Begins to wait, and returns when the server knows of that.
    private func waiting(
        for lock: RedisLock,
        at server: RedisServer,
        timeout: Duration? = nil
    ) async throws -> Task<RedisLease, any Error> {
        let task = Task { try await lock.lock(timeout: timeout) }
        #expect(try await eventually { try server.subscribers(of: Self.channel) > 0 })
        return task
    }

    /// Returns when nothing is sent any more, and how many scripts were run by then: the waiters sleep.
    ///
    /// The link of the subscription and that of the commands are on one loop. What the server has told before it
    /// answers a command was read by then, and what was sent because of it is executed before one of the next commands.
    private func quiet(_ server: RedisServer, _ client: RedisClient) async throws -> Int {
        for _ in 0..<5 { _ = try await client.ping() }
        return try server.scriptCalls()
    }

    /// The error of a wait in vain. A server that has not answered in time, which may be 100 ms, is asked again.
    private func failure(of lock: RedisLock, within timeout: Duration) async -> RedisError? {
        while true {
            let error = await #expect(throws: RedisError.self) { try await lock.lock(timeout: timeout) }
            if error?.underlyingError == nil { return error }
        }
    }

    @Test("ends when the lock is given back, by a message")
    func woken() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let lease = try await RedisLock("l", on: other).lock()
            let task = try await waiting(for: RedisLock("l", on: client), at: server)
            let before = try await quiet(server, client)
            let began = ContinuousClock.now
            try await lease.release()
            let next = try await task.joined
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(next.fence > lease.fence)
            // One that gives it back, and one that takes it.
            #expect(try server.scriptCalls() - before == 2)
            try await next.release()
            await other.close()
        }
    }

    @Test("ends after the holder's time when that has died, and says so to nobody")
    func holderDied() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let options = RedisLeaseOptions(timeToLive: .milliseconds(400))
            try await RedisLock("l", on: other, options).lock().abandon()
            let began = ContinuousClock.now
            let lease = try await RedisLock("l", on: client).lock()
            #expect(began.duration(to: .now) < .seconds(10))
            try await lease.release()
            await other.close()
        }
    }

    @Test("ends after its own time with an error that tells of the holder, and leaves nothing")
    func timedOut() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            for timeout in [Duration.milliseconds(100), .zero, .seconds(-1)] {
                let error = await failure(of: lock, within: timeout)
                #expect(error?.code == .timedOut)
                #expect(error?.execution == .notExecuted)
                let words = #"the lock "l": others have had the lease all the time; it ends in "#
                #expect(error?.message.hasPrefix(words) == true)
            }
            #expect(lease.isValid)
            #expect(try await eventually { try server.subscribers(of: Self.channel) == 0 })
            try await lease.release()
        }
    }

    @Test("leaves nothing behind when it is cancelled: no key, no subscription, and nobody's turn")
    func cancelled() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let task = try await waiting(for: lock, at: server)
            let behind = Task { try await lock.lock() }
            task.cancel()
            let error = await #expect(throws: RedisError.self) { _ = try await task.joined }
            #expect(error?.code == .cancelled)
            try await lease.release()
            try await behind.joined.release()
            #expect(try await eventually { try server.subscribers(of: Self.channel) == 0 })
            #expect(try server.command("KEYS", "*") == "{l}:fence")
        }
    }

    @Test("is in the order in which they came")
    func order() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let served = Collector<Int>()
            var tasks: [Task<Void, any Error>] = []
            for number in 0..<50 {
                tasks.append(Task { try await lock.withLock { _ in served.add(number) } })
                // It stands in line before the next one comes.
                #expect(try await eventually { client.waiterCount() == number + 1 })
            }
            try await lease.release()
            for task in tasks { try await task.joined }
            #expect(served.all == Array(0..<50))
        }
    }

    @Test("of a thousand tasks costs one subscription, and two requests for each of them")
    func crowd() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let counter = Locked(0)
            let wait: @Sendable () async throws -> Void = {
                try await lock.withLock { _ in counter.withLock { $0 += 1 } }
            }
            // The first one tries once more when it hears that it is subscribed: that is over before the others have
            // come.
            var tasks = [Task { try await wait() }]
            #expect(try await eventually { try server.subscribers(of: Self.channel) == 1 })
            _ = try await quiet(server, client)
            for _ in 1..<1000 { tasks.append(Task { try await wait() }) }
            #expect(try await eventually { client.waiterCount() == 1000 })
            let before = try await quiet(server, client)
            try await lease.release()
            for task in tasks { try await task.joined }
            #expect(counter.withLock { $0 } == 1000)
            // The first holder's release is one of them, too.
            #expect(try server.scriptCalls() - before == 2001)
            #expect(try server.calls(of: "subscribe") == 1)
        }
    }

    @Test("costs nothing while it lasts")
    func idle() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let task = try await waiting(for: lock, at: server)
            let before = try await quiet(server, client)
            // Time itself is the matter: a wait that polls would have done so.
            try await Task.sleep(for: .milliseconds(1500))
            #expect(try server.scriptCalls() == before)
            try await lease.release()
            try await task.joined.release()
        }
    }

    @Test("goes on when another process was faster, and still ends in time")
    func beaten() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let began = ContinuousClock.now
            let task = try await waiting(for: lock, at: server, timeout: .seconds(2))
            _ = try await quiet(server, client)
            // Somebody takes it in the same moment in which it is given back.
            let script = "redis.call('SET', 'l', 'x'); redis.call('PUBLISH', '{l}:released', 'released')"
            try server.command("EVAL", script, "0")
            lease.abandon()
            let error = await #expect(throws: RedisError.self) { _ = try await task.joined }
            #expect(error?.code == .timedOut)
            #expect(2000...20_000 ~= Int(began.duration(to: .now) / .milliseconds(1)))
            #expect(try server.command("GET", "l") == "x")
        }
    }

    @Test("goes on when its subscription link is lost: it looks again, and hears of the next end")
    func subscriptionLost() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let task = try await waiting(for: lock, at: server)
            for _ in 0..<3 {
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                #expect(try await eventually { try server.subscribers(of: Self.channel) == 1 })
            }
            _ = try await quiet(server, client)
            let began = ContinuousClock.now
            try await lease.release()
            try await task.joined.release()
            #expect(began.duration(to: .now) < .seconds(10))
        }
    }

    @Test("ends also when the lock is given back while the subscription link is down")
    func missedMessage() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            let task = try await waiting(for: lock, at: server)
            _ = try await quiet(server, client)
            let began = ContinuousClock.now
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await lease.release()
            try await task.joined.release()
            #expect(began.duration(to: .now) < .seconds(10))
        }
    }

    @Test("looks each second where it may not subscribe")
    func notPermitted() async throws {
        try await withClient { server, client in
            try server.command("ACL", "SETUSER", "limited", "on", ">pw", "allkeys", "allcommands", "resetchannels")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "limited", password: "pw")
            let limited = try RedisClient(configuration)
            let lease = try await RedisLock("l", on: client).lock()
            let lock = try RedisLock("l", on: limited)
            let task = Task { try await lock.lock() }
            #expect(try await eventually { try server.scriptCalls() >= 2 })
            try await lease.release()
            // It may not publish either, and gives it back all the same.
            let began = ContinuousClock.now
            try await task.joined.release()
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(try server.command("EXISTS", "l") == "0")
            await limited.close()
        }
    }

    @Test("ends with the client")
    func closed() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let lease = try await RedisLock("l", on: other).lock()
            let task = try await waiting(for: RedisLock("l", on: client), at: server)
            await client.close()
            let error = await #expect(throws: RedisError.self) { _ = try await task.joined }
            #expect(error?.code == .closed)
            #expect(try await eventually { try server.subscribers(of: Self.channel) == 0 })
            try await lease.release()
            await other.close()
        }
    }
}

extension RedisClient {
    /// How many wait for the lock over this client.
    fileprivate func waiterCount() -> Int {
        attachment(ReleaseWatch.self).waiterCount(ReleaseWatch.LineKey(kind: "lock", name: "l"))
    }
}
