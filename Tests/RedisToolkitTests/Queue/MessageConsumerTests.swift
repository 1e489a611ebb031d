import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A consumer of a queue", .tags(.server), .timeLimit(.minutes(2)))
struct MessageConsumerTests {
    @Test("has what it has taken in a list of its own until it is acknowledged")
    func acknowledging() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer("c1")
            try await queue.put(["a", "", "a"])
            let first = try await consumer.get()
            let rest = try await consumer.get(upTo: 5)
            #expect(first.message == "a")
            #expect(rest.map(\.message) == ["", "a"])
            #expect(
                try server.command("LRANGE", "{q}:consumer:c1", "0", "-1").split(
                    separator: "\n",
                    omittingEmptySubsequences: false
                ).count == 3
            )
            try await rest[0].acknowledge()
            try await first.acknowledge()
            #expect(try server.command("LRANGE", "{q}:consumer:c1", "0", "-1") == "a")
            try await rest[1].giveBack()
            let error = await #expect(throws: RedisError.self) { try await rest[1].acknowledge() }
            #expect(error?.code == .leaseLost)
            #expect(try await queue.get() == "a")
            #expect(try server.command("EXISTS", "q", "{q}:consumer:c1") == "0")
            #expect(try await consumer.close() == 0)
            #expect(try server.command("EXISTS", "{q}:alive:c1", "{q}:consumers") == "0")
        }
    }

    @Test("waits for a message that comes later, and says meanwhile that it is alive")
    func waiting() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer("c1", visibility: .seconds(1))
            let waiting = Task { try await consumer.get() }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            #expect(try await eventually { try server.timeToLive("{q}:alive:c1") > 0 })
            let late = await #expect(throws: RedisError.self) { try await consumer.get(timeout: .milliseconds(1100)) }
            #expect(late?.code == .timedOut)
            // That is longer than it counts as alive without a word.
            #expect(try await eventually { try server.timeToLive("{q}:alive:c1") > 0 })
            try await queue.put("a")
            let delivery = try await waiting.joined
            #expect(delivery.message == "a")
            #expect(try server.command("LRANGE", "{q}:consumer:c1", "0", "-1") == "a")
            try await delivery.acknowledge()
        }
    }

    @Test("that is closed while a request may outlive its connection leaves its name, for others to look after it")
    func closedTooEarly() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let other = try RedisClient(server.configuration())
                let client = try RedisClient(proxy.url)
                let consumer = try MessageQueue("q", on: client).consumer("c1")
                let waiting = Task { try await consumer.get(timeout: .seconds(10)) }
                #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
                proxy.refuse()
                proxy.cutAll(.reset)
                #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:0") })
                try proxy.accept()
                waiting.cancel()
                _ = try? await waiting.joined
                try await consumer.close()
                #expect(try server.command("ZCARD", "{q}:consumers") == "1")
                // What the server would do if it had not noticed the end of that connection.
                try server.command("RPUSH", "{q}:consumer:c1", "late")
                let next = try MessageQueue("q", on: other).consumer("c2", visibility: .seconds(1))
                let delivery = try await next.get(timeout: .seconds(20))
                #expect(delivery.message == "late")
                try await delivery.acknowledge()
                try await next.close()
                await client.close()
                await other.close()
            }
        }
    }

    @Test("that has died gives back what it has taken, in its order, to the front")
    func reaping() async throws {
        try await withClient { server, client in
            let dead = try RedisClient(try server.configuration())
            let queue = MessageQueue("q", on: client)
            try await queue.put(["a", "b", "c"])
            let lost = try MessageQueue("q", on: dead).consumer("dead", visibility: .seconds(3))
            #expect(try await lost.get(upTo: 2).map(\.message) == ["a", "b"])
            // It can say nothing any more.
            await dead.close()
            let consumer = try queue.consumer("alive", visibility: .seconds(1))
            #expect(try await consumer.get().message == "c")
            let began = ContinuousClock.now
            #expect(try await consumer.get(timeout: .seconds(20)).message == "a")
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(try await consumer.get().message == "b")
            #expect(try server.command("EXISTS", "{q}:consumer:dead") == "0")
            // The name stays for a day.
            #expect(try server.command("ZCARD", "{q}:consumers") == "2")
            try server.command("ZADD", "{q}:consumers", "1", "dead")
            #expect(try await eventually { try server.command("ZCARD", "{q}:consumers") == "1" })
        }
    }

    @Test("loses nothing when its waits are cancelled")
    func cancellation() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer("c1")
            let producing = Task { for index in 0..<300 { try await queue.put("\(index)") } }
            let taken = Collector<RedisBytes>()
            for _ in 0..<300 {
                let task = Task { try await consumer.get() }
                for _ in 0..<Int.random(in: 0...20) { await Task.yield() }
                task.cancel()
                if case .success(let delivery) = await task.joinedResult {
                    taken.add(delivery.message)
                    try await delivery.acknowledge()
                }
            }
            try await producing.joined
            while let delivery = try? await consumer.get(timeout: .zero) {
                taken.add(delivery.message)
                try await delivery.acknowledge()
            }
            #expect(taken.all.count == 300)
            #expect(Set(taken.all).count == 300)
            #expect(try server.command("EXISTS", "{q}:consumer:c1", "q") == "0")
        }
    }

    @Test("finds what came with a reply that was lost, and what another process of its name has left")
    func recovery() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                configuration.reconnect.minimumDelay = .milliseconds(10)
                let client = try RedisClient(configuration)
                let queue = MessageQueue("q", on: client)
                try server.command("RPUSH", "{q}:consumer:c1", "left")
                let consumer = try queue.consumer("c1")
                #expect(try await consumer.get(timeout: .seconds(5)).message == "left")
                let waiting = Task { try await consumer.get() }
                #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
                // The message is moved, and nobody hears of it.
                proxy.stall(.toClient)
                try server.command("RPUSH", "q", "lost")
                #expect(
                    try await eventually { try server.command("LRANGE", "{q}:consumer:c1", "0", "-1") == "left\nlost" }
                )
                proxy.cutAll(.reset)
                proxy.resume()
                let delivery = try await waiting.joined
                #expect(delivery.message == "lost")
                try await delivery.acknowledge()
                #expect(try server.command("LRANGE", "{q}:consumer:c1", "0", "-1") == "left")
                await client.close()
            }
        }
    }

    @Test("gives to others what came with a lost reply when nobody takes messages here any more")
    func forgotten() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                configuration.reconnect.minimumDelay = .milliseconds(10)
                let client = try RedisClient(configuration)
                let consumer = try MessageQueue("q", on: client).consumer("c1", visibility: .seconds(1))
                try server.command("RPUSH", "q", "a")
                let delivery = try await consumer.get(timeout: .seconds(5))
                // The acknowledgement is executed, and nobody hears of it: so the list is looked at again.
                proxy.stall(.toClient)
                let acknowledging = Task { try await delivery.acknowledge() }
                #expect(try await eventually { try server.command("EXISTS", "{q}:consumer:c1") == "0" })
                try server.command("RPUSH", "{q}:consumer:c1", "b")
                proxy.cutAll(.reset)
                proxy.resume()
                let error = await #expect(throws: RedisError.self) { try await acknowledging.joined }
                #expect(error?.execution == .unknown)
                #expect(try await eventually { try server.command("LRANGE", "q", "0", "-1") == "b" })
                #expect(try server.command("EXISTS", "{q}:consumer:c1") == "0")
                try await consumer.close()
                await client.close()
            }
        }
    }

    @Test("by run acknowledges what was handled, and gives back what was not")
    func run() async throws {
        struct Failure: Error {}
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer("c1")
            try await queue.put(["a", "b"])
            let seen = Collector<RedisBytes>()
            await #expect(throws: Failure.self) {
                try await consumer.run { message in
                    seen.add(message)
                    if message == "b" { throw Failure() }
                }
            }
            #expect(seen.all == ["a", "b"])
            #expect(try await queue.count() == 1)
            #expect(try server.command("EXISTS", "{q}:consumer:c1") == "0")
            let running = Task {
                try await consumer.run(onError: { _ in }) { message in
                    seen.add(message)
                    if seen.all.count < 4 { throw Failure() }
                }
            }
            #expect(try await eventually { seen.all == ["a", "b", "b", "b"] })
            running.cancel()
            try await running.joined
            #expect(try await queue.count() == 0)
            // The end of the task does not keep a message from being acknowledged.
            #expect(try await consumer.close() == 0)
        }
    }

    @Test("by run gives back later what could not be given back at once")
    func runUnsettled() async throws {
        struct Failure: Error {}
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer("c1", visibility: .seconds(1))
            try await queue.put(["a"])
            let seen = Collector<RedisBytes>()
            let running = Task {
                while !Task.isCancelled {
                    // It ends when the server refuses what takes the next message.
                    try? await consumer.run(onError: { _ in }) { message in
                        seen.add(message)
                        guard seen.all.count == 1 else { return }
                        // From here on nothing is written.
                        try server.command("CONFIG", "SET", "min-replicas-to-write", "1")
                        throw Failure()
                    }
                }
            }
            #expect(
                try await eventually { try server.command("INFO", "errorstats").contains("errorstat_NOREPLICAS") }
            )
            #expect(seen.all == ["a"])
            try server.command("CONFIG", "SET", "min-replicas-to-write", "0")
            #expect(try await eventually { seen.all == ["a", "a"] })
            running.cancel()
            await running.joined
            #expect(try await queue.count() == 0)
            #expect(try await consumer.close() == 0)
        }
    }

    @Test("that is closed gives back what it has, and ends its waits")
    func closing() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer()
            try await queue.put(["a", "b"])
            _ = try await consumer.get(upTo: 2)
            let waiting = Task { try await consumer.get() }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            #expect(try await consumer.close() == 2)
            let error = await #expect(throws: RedisError.self) { try await waiting.joined }
            #expect(error?.code == .closed)
            #expect(try await queue.get(upTo: 5) == ["a", "b"])
        }
    }

    @Test("blocks plain threads")
    func threads() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            let consumer = try queue.consumer()
            try await queue.put(["a", "b"])
            let left = try await onThread {
                try consumer.blocking.acknowledge(try consumer.blocking.get())
                try consumer.blocking.giveBack(try consumer.blocking.get(timeout: .seconds(5)))
                _ = try consumer.blocking.get()
                return try consumer.blocking.close()
            }
            #expect(left == 1)
        }
    }

    @Test("has to have a time that works")
    func options() async throws {
        try await withClient { server, client in
            let error = #expect(throws: RedisError.self) {
                try MessageQueue("q", on: client).consumer(visibility: .milliseconds(999))
            }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
