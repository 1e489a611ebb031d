import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A message queue", .tags(.server), .timeLimit(.minutes(2)))
struct MessageQueueTests {
    @Test("gives messages in their order, byte for byte, also empty ones")
    func order() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let messages = (0..<10_000).map { RedisBytes($0 % 100 == 7 ? "" : "\($0)\r\n\0") }
            for part in stride(from: 0, to: messages.count, by: 1000) {
                #expect(try await queue.put(Array(messages[part..<(part + 1000)])) == part + 1000)
            }
            #expect(try await queue.count() == 10_000)
            var taken: [RedisBytes] = []
            for _ in 0..<100 { taken.append(try await queue.get(timeout: .zero)) }
            while taken.count < messages.count { taken += try await queue.get(upTo: 700) }
            #expect(taken == messages)
            #expect(try await queue.count() == 0)
            #expect(try await queue.put([RedisBytes]()) == 0)
        }
    }

    @Test("waits as long as it is told: not at all, a part of a second, or for ever")
    func timeouts() async throws {
        // A command's timeout does not matter.
        try await withClient(.init(), { $0.commands.timeout = .seconds(1) }) { server, client in
            let queue = MessageQueue("q", on: client)
            for timeout in [Duration.zero, .seconds(-1)] {
                let error = await #expect(throws: RedisError.self) { try await queue.get(timeout: timeout) }
                #expect(error?.code == .timedOut)
                #expect(error?.execution == .notExecuted)
            }
            let began = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) { try await queue.get(timeout: .milliseconds(1150)) }
            #expect(error?.code == .timedOut)
            let time = began.duration(to: .now)
            #expect(time >= .milliseconds(1150) && time < .seconds(10))
            let waiting = Task { try await queue.get() }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            try server.command("RPUSH", "q", "late")
            #expect(try await waiting.joined == "late")
        }
    }

    @Test("is shared with others that use RPUSH and BLPOP, by the same key and commands")
    func wire() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            try server.command("RPUSH", "q", "a", "b")
            #expect(try await queue.get() == "a")
            #expect(try await queue.get(timeout: .seconds(5)) == "b")
            try await queue.put("c")
            #expect(try server.command("BLPOP", "q", "1").contains("c"))
            #expect(try server.calls(of: "evalsha") == 0)
            #expect(try server.calls(of: "lpop") == 2)
        }
    }

    @Test("has one blocking link and one request for all that wait, the one that waited longest gets the first")
    func sharing() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let order = Collector<Int>()
            var tasks: [Task<Void, any Error>] = []
            for index in 0..<100 {
                tasks.append(Task { if try await queue.get() == "\(index)" { order.add(index) } })
                // Each has joined before the next one comes.
                let isLast = index == 99
                if index == 0 || isLast {
                    #expect(try await eventually { client.poolStatistics.lent == 1 })
                }
                await Task.yield()
            }
            #expect(client.poolStatistics.highestLent == 1)
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            try await MessageQueue("q", on: client).put((0..<100).map { "\($0)" })
            for task in tasks { try await task.joined }
            #expect(client.poolStatistics.highestLent == 1)
            #expect(try await queue.count() == 0)
        }
    }

    @Test("gives disjoint messages to two consumers, and all of them")
    func disjoint() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let taken = Collector<RedisBytes>()
            let readers = [client, other].map { client in
                Task {
                    for try await message in MessageQueue("q", on: client).messages { taken.add(message) }
                }
            }
            let queue = MessageQueue("q", on: client)
            for index in 0..<1000 { try await queue.put("\(index)") }
            #expect(try await eventually { taken.all.count == 1000 })
            #expect(Set(taken.all).count == 1000)
            for reader in readers {
                reader.cancel()
                try await reader.joined
            }
            await other.close()
        }
    }

    @Test("loses nothing and gives nothing twice when a thousand waits are cancelled while messages come")
    func cancellation() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let taken = Collector<RedisBytes>()
            let producing = Task {
                for index in 0..<1000 {
                    try await queue.put("\(index)")
                    if index % 3 == 0 { await Task.yield() }
                }
            }
            var generator = SystemRandomNumberGenerator()
            var cancelled = 0
            for round in 0..<1000 {
                let task = Task { try await queue.get() }
                // Some are cancelled before they have asked, some while they block, and some when they have a message.
                for _ in 0..<Int.random(in: 0...20, using: &generator) { await Task.yield() }
                if round % 10 == 0 { _ = try await client.ping() }
                task.cancel()
                switch await task.joinedResult {
                case .success(let message): taken.add(message)
                case .failure(let error):
                    #expect((error as? RedisError)?.code == .cancelled)
                    cancelled += 1
                }
            }
            try await producing.joined
            while let rest = try? await queue.get(upTo: 1000, timeout: .zero) { rest.forEach { taken.add($0) } }
            #expect(taken.all.count == 1000)
            #expect(Set(taken.all).count == 1000)
            #expect(cancelled > 0)
            #expect(client.poolStatistics.lent == 0)
        }
    }

    @Test("goes on waiting when the link is cut and when the server restarts")
    func outage() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let waiting = Task { try await queue.get() }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            await client.cut()
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            try await server.restart()
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            try server.command("RPUSH", "q", "a")
            #expect(try await waiting.joined == "a")
        }
    }

    @Test("tells a wrong type, and what a closed client means, to all that wait")
    func failures() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            try server.command("SET", "q", "text")
            let error = await #expect(throws: RedisError.self) { try await queue.get() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            try server.command("DEL", "q")
            let waiting = (0..<2).map { _ in Task { try await queue.get() } }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            await client.close()
            for task in waiting {
                let error = await #expect(throws: RedisError.self) { try await task.joined }
                #expect(error?.code == .closed)
            }
        }
    }

    @Test("with a capacity refuses what has no room, and takes nothing of it")
    func refusal() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client, capacity: 3)
            let first = try await queue.tryPut(["a", "b"])
            let second = try await queue.tryPut(["c", "d"])
            let third = try await queue.tryPut("c")
            #expect([first, second, third] == [true, false, true])
            #expect(try server.command("LLEN", "q") == "3")
            let late = await #expect(throws: RedisError.self) {
                try await queue.put("d", timeout: .milliseconds(100))
            }
            #expect(late?.code == .timedOut)
            #expect(late?.execution == .notExecuted)
            let error = await #expect(throws: RedisError.self) { try await queue.put(["1", "2", "3", "4"]) }
            #expect(error?.code == .limitExceeded)
            let rest = try await queue.get(upTo: 10)
            #expect(rest == ["a", "b", "c"])
        }
    }

    @Test("with a capacity lets those wait that put, and wakes them when there is room")
    func room() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let queue = MessageQueue("q", on: client, capacity: 1)
            try await queue.put("0")
            let waiting = Task {
                for index in 1...20 { try await queue.put("\(index)") }
            }
            #expect(try await eventually { try server.subscribers(of: "{q}:room") == 1 })
            let consumer = MessageQueue("q", on: other, capacity: 1)
            let began = ContinuousClock.now
            for index in 0...20 { #expect(try await consumer.get() == RedisBytes("\(index)")) }
            // Whoever only looks once a second takes longer.
            #expect(began.duration(to: .now) < .seconds(10))
            try await waiting.joined
            // One that takes without a word is noticed as well.
            try await queue.put("21")
            let last = Task { try await queue.put("22") }
            #expect(
                try await eventually {
                    client.attachment(ReleaseWatch.self).waiterCount(.init(kind: "room", name: "q")) == 1
                }
            )
            try server.command("LPOP", "q")
            _ = try await last.joined
            await other.close()
        }
    }

    @Test("says what it deletes")
    func deleting() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            try await queue.put(["a", "b", "c"])
            #expect(try await queue.unlink() == 3)
            #expect(try await queue.unlink() == 0)
            let waiting = Task { try await queue.get() }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            let other = try RedisClient(try server.configuration())
            #expect(try await queue.close() == 0)
            let error = await #expect(throws: RedisError.self) { try await waiting.joined }
            #expect(error?.code == .closed)
            // Whoever goes on has an empty queue.
            try await queue.put("d")
            #expect(try await queue.get() == "d")
            try await queue.put(["e", "f"])
            #expect(try await queue.close() == 2)
            await other.close()
        }
    }

    @Test("is read by a loop and by run, which end with the task and lose nothing")
    func loops() async throws {
        struct Failure: Error {}
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            try await queue.put(["a", "b", "c"])
            let seen = Collector<RedisBytes>()
            await #expect(throws: Failure.self) {
                try await queue.run { message in
                    seen.add(message)
                    throw Failure()
                }
            }
            let running = Task {
                try await queue.run(onError: { _ in }) { message in
                    seen.add(message)
                    throw Failure()
                }
            }
            #expect(try await eventually { seen.all == ["a", "b", "c"] })
            running.cancel()
            try await running.joined
            try await queue.put("d")
            #expect(try await queue.get() == "d")
        }
    }

    @Test("blocks plain threads")
    func threads() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client, capacity: 10)
            let messages = try await onThread {
                try queue.blocking.put("a")
                #expect(try queue.blocking.tryPut(["b"]))
                let first = try queue.blocking.get()
                return [first] + (try queue.blocking.get(upTo: 5, timeout: .seconds(5)))
            }
            #expect(messages == ["a", "b"])
            let counts = try await onThread {
                try queue.blocking.put(["c"])
                return [try queue.blocking.count(), try queue.blocking.unlink(), try queue.blocking.close()]
            }
            #expect(counts == [1, 1, 0])
        }
    }
}
