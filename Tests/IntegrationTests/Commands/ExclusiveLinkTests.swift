import RedisCommands
import RedisTesting
import Synchronization
import TestSupport
import Testing

@Suite("Links of one caller, and commands that block", .tags(.server, .slow), .timeLimit(.minutes(2)))
struct ExclusiveLinkTests {
    @Test("are lent to one at a time, the first who came first, and closed when they are idle")
    func pool() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commands.pool.maximum = 2
            configuration.commands.pool.idleTimeout = .milliseconds(200)
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            let order = Locked<[Int]>([])
            try await client.withLink { _ in
                try await client.withLink { _ in
                    let error = await #expect(throws: RedisError.self) {
                        try await client.withLink(timeout: .milliseconds(20)) { _ in }
                    }
                    #expect(error?.code == .timedOut)
                    #expect(error?.execution == .notExecuted)
                    let waiters = (0..<3).map { number in
                        Task {
                            while client.poolStatistics.waiting < number { await Task.yield() }
                            try await client.withLink { _ in order.withLock { $0.append(number) } }
                        }
                    }
                    while client.poolStatistics.waiting < 3 { await Task.yield() }
                    waiters[1].cancel()
                    await #expect(throws: RedisError.self) { try await waiters[1].joined }
                    #expect(client.poolStatistics.waiting == 2)
                    Task { for waiter in waiters { _ = try? await waiter.joined } }
                }
                // One link is for both of them, so that one comes after the other.
                while order.withLock({ $0.count }) < 2 { await Task.yield() }
            }
            #expect(order.withLock { $0 } == [0, 2])
            try await client.withLink { link in try await link.send(["PING"]) }
            while client.poolStatistics.idle > 0 { await Task.yield() }
            #expect(client.poolStatistics.lent == 0)
            await client.close()
        }
    }

    @Test("do not come back changed, and are of no use after their time")
    func altered() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let kept = try await client.withLink { link in
                try await link.send(["SELECT", 1])
                try await link.send(["SET", "k", "of 1"])
                return link
            }
            let error = await #expect(throws: RedisError.self) { try await kept.send(["PING"]) }
            #expect(error?.code == .closed)
            #expect(error?.execution == .notExecuted)
            let seen = try await client.withLink { link in try await link.send(["EXISTS", "k"]) }
            #expect(seen == .integer(0))
            await client.close()
        }
    }

    @Test("carry blocking commands by themselves, beside the commands of others", arguments: bothProtocols)
    func blocking(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(version), loop: RedisEventLoop())
            let popped = Task { try await client.send(["BLPOP", "list", 0]) }
            while try server.command("INFO", "clients").contains("blocked_clients:1") == false { await Task.yield() }
            #expect(try await client.send(["PING"]) == .simpleString("PONG"))
            try await client.send(["RPUSH", "list", "x"])
            #expect(try await popped.joined == .array([.bulkString("list"), .bulkString("x")]))
            let error = await #expect(throws: RedisError.self) {
                try await client.send(["BLPOP", "list", 0], timeout: .seconds(1))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.execution == .notExecuted)
            #expect(client.poolStatistics.idle == 1)
            await client.close()
        }
    }

    @Test("lose no element and double none when blocked pops are cancelled while a producer pushes")
    func cancelledPops() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let count = isSoak ? 1_000 : 200
            let taken = Locked<[Int]>([])
            let producer = Task {
                for number in 0..<count { try await client.send(["RPUSH", "list", number]) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    if index >= 12 { try await group.next() }
                    group.addTask {
                        let pop = Task { try await client.send(["BLPOP", "list", 0]) }
                        for _ in 0..<Int.random(in: 0..<200) { await Task.yield() }
                        pop.cancel()
                        do {
                            let reply = try await pop.joined
                            if let number = reply.elements?.last?.integer { taken.withLock { $0.append(number) } }
                        } catch let error as RedisError {
                            #expect(error.code == .cancelled)
                            #expect(error.execution == .notExecuted)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await producer.joined
            let left = try await client.send(["LRANGE", "list", 0, -1]).elements ?? []
            let all = taken.withLock { $0 } + left.compactMap(\.integer)
            #expect(all.sorted() == Array(0..<count))
            await client.close()
        }
    }

    @Test("of a full shared link make callers wait, which a cancellation or a deadline ends")
    func fullLink() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commands.inFlight.commands = 4
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            try await client.send(["PING"])
            try server.pause()
            let first = (0..<4).map { number in Task { try await client.send(["INCR", "sum \(number)"]) } }
            while await client.statistics.commands < 4 { await Task.yield() }
            let cancelled = Task { try await client.send(["INCR", "cancelled"]) }
            let kept = Task { try await client.send(["INCR", "kept"]) }
            while await client.statistics.suspended < 2 { await Task.yield() }
            cancelled.cancel()
            let cancellation = await #expect(throws: RedisError.self) { try await cancelled.joined }
            #expect(cancellation?.code == .cancelled)
            #expect(cancellation?.execution == .notExecuted)
            let late = await #expect(throws: RedisError.self) {
                try await client.send(["INCR", "late"], timeout: .milliseconds(30))
            }
            #expect(late?.code == .timedOut)
            #expect(late?.execution == .notExecuted)
            #expect(late?.message.contains("4 commands") == true, "\(late?.message ?? "")")
            try server.resume()
            for task in first { #expect(try await task.joined == .integer(1)) }
            #expect(try await kept.joined == .integer(1))
            let statistics = await client.statistics
            #expect(statistics.highestCommands == 4)
            #expect(statistics.highestSuspended == 2)
            #expect(statistics.suspensions == 3)
            #expect(try server.command("EXISTS", "cancelled", "late") == "0")
            await client.close()
            configuration.commands.inFlight.whenFull = .fail
            let strict = try RedisClient(configuration, loop: RedisEventLoop())
            try await strict.send(["PING"])
            try server.pause()
            let taken = (0..<4).map { _ in Task { try await strict.send(["PING"]) } }
            while await strict.statistics.commands < 4 { await Task.yield() }
            let refused = await #expect(throws: RedisError.self) { try await strict.send(["PING"]) }
            #expect(refused?.code == .limitExceeded)
            #expect(refused?.execution == .notExecuted)
            try server.resume()
            for task in taken { _ = try await task.joined }
            await strict.close()
        }
    }
}
