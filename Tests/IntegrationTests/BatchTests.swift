import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Many at once, from a real server", .tags(.server), .timeLimit(.minutes(2)))
struct BatchTests {
    @Test("batches hold every event once, in order, together with what other readers take", arguments: bothProtocols)
    func batches(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            let handled = Collector()
            try await pubsub.subscribe("plain")
            try await pubsub.subscribe("handled") { handled.add($0.text ?? "") }
            try await pubsub.psubscribe("pat*")
            let client = try RedisClient(server.configuration())
            for number in 0..<500 {
                try await client.publish("plain", RedisBytes("\(number)"))
                if number % 5 == 0 { try await client.publish("handled", RedisBytes("\(number)")) }
                if number % 7 == 0 { try await client.publish("pattern", RedisBytes("\(number)")) }
            }
            try await client.publish("plain", "end")
            var found: [String] = []
            var isOver = false
            for try await batch in pubsub.batches {
                #expect(!batch.isEmpty)
                for event in batch {
                    guard let message = event.message else { continue }
                    found.append("\(message.pattern ?? "") \(message.channel) \(message.text ?? "")")
                    isOver = message.text == "end"
                }
                if isOver { break }
                // Another reader takes what comes next, and the batches go on behind it.
                if let message = try await pubsub.getMessage().message {
                    found.append("\(message.pattern ?? "") \(message.channel) \(message.text ?? "")")
                    if message.text == "end" { break }
                }
            }
            let expected: [String] = (0..<500).flatMap { number in
                let plain = " plain \(number)"
                return number % 7 == 0 ? [plain, "pat* pattern \(number)"] : [plain]
            }
            #expect(found == expected + [" plain end"])
            #expect(handled.all == stride(from: 0, to: 500, by: 5).map(String.init))
            await client.close()
            await pubsub.close()
        }
    }

    @Test("what a handler throws among batches loses nothing of what is behind it")
    func throwing() async throws {
        struct Trouble: Error {}
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("plain")
            try await pubsub.subscribe("bad") { _ in throw Trouble() }
            for channel in ["plain", "bad", "plain"] as [RedisBytes] { try server.publish(channel, "x") }
            var plain = 0
            var failures = 0
            while plain < 2 {
                do {
                    for try await batch in pubsub.batches {
                        plain += batch.count { $0.message != nil }
                        if plain == 2 { break }
                    }
                } catch {
                    #expect((error as? RedisError)?.code == .handlerFailed)
                    failures += 1
                }
            }
            #expect(failures == 1)
            await pubsub.close()
        }
    }

    @Test(
        "a task that is cancelled, or a thread that is stopped, in the middle of a flood calls few handlers more, or none"
    )
    func cancelledInAFlood() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            func flood() async throws {
                for number in 0..<2000 { try await client.publish("flood", RedisBytes("\(number)")) }
            }
            let seen = Collector()
            let reading = Locked<Task<Void, any Error>?>(nil)
            let first = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await first.subscribe("flood") { message in
                seen.add(message.text ?? "")
                if message.text == "20" { reading.withLock { $0 }?.cancel() }
            }
            // All waits in a few reads when the reader begins.
            try await flood()
            try await first.ping()
            // Under the lock: the handler that cancels it waits for it.
            let task = reading.withLock { place in
                let task = Task { try await first.run() }
                place = task
                return task
            }
            try? await task.joined
            #expect(seen.all.count > 20)
            #expect(seen.all.count < 100)

            let stopped = Collector()
            let second = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let listener = Locked<RedisListenerThread?>(nil)
            try await second.subscribe("flood") { message in
                stopped.add(message.text ?? "")
                if message.text == "500" { listener.withLock { $0 }?.stop() }
            }
            try await flood()
            try await second.ping()
            try start(second, listener)
            #expect(try await eventually { listener.withLock { $0 }?.isAlive == false })
            #expect(stopped.all == (0...500).map(String.init))
            await client.close()
        }
    }

    private func start(_ pubsub: PubSub, _ listener: Locked<RedisListenerThread?>) throws {
        // Under the lock: the first handler waits for it.
        try listener.withLock { place in Result { place = try pubsub.runInThread() } }.get()
    }

    @Test("what inline handlers have taken does not lie in the buffer of what a reader has left")
    func inlineBytes() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let taken = Collector()
            try await pubsub.subscribe(.channel, ["large"], handler: .inline { _ in taken.add("") })
            try await pubsub.subscribe("small")
            let client = try RedisClient(server.configuration())
            let large = RedisBytes([UInt8](repeating: 1, count: 8000))
            for number in 0..<40 {
                try await client.publish("large", large)
                try await client.publish("small", RedisBytes("\(number)"))
            }
            // With the two confirmations.
            #expect(try await eventually { pubsub.statistics.queuedEvents == 42 && taken.all.count == 40 })
            var found: [String] = []
            while let message = try await pubsub.getMessage().message {
                found.append("\(message.channel) \(message.text ?? "")")
            }
            #expect(found == (0..<40).map { "small \($0)" })
            await client.close()
            await pubsub.close()
        }
    }

    @Test("messages of many channels find their handlers, those of the loop and those of a reader")
    func manyHandlers() async throws {
        try await withRedisServer { server in
            let inline = Collector()
            let called = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let names = (0..<300).map { RedisBytes("channel \($0)") }
            for (number, name) in names.enumerated() {
                if number % 2 == 0 {
                    try await pubsub.subscribe(
                        .channel,
                        [name],
                        handler: .inline { inline.add("\(number) \(RedisBytes($0).text ?? "")") }
                    )
                } else {
                    try await pubsub.subscribe(name) { called.add("\(number) \($0.text ?? "")") }
                }
            }
            let reader = Task { try await pubsub.run() }
            let client = try RedisClient(server.configuration())
            for round in 0..<3 { for name in names { try await client.publish(name, RedisBytes("\(round)")) } }
            #expect(try await eventually { inline.all.count == 450 && called.all.count == 450 })
            let expected = (0..<3).flatMap { round in (0..<300).map { "\($0) \(round)" } }
            #expect(inline.all == expected.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
            #expect(called.all == expected.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
            reader.cancel()
            _ = try? await reader.joined
            await client.close()
        }
    }

    @Test("a monitor gives its commands in place, and gaps to its readers", arguments: bothProtocols)
    func inlineMonitor(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let found = Collector()
            let monitor = try Monitor(server.configuration(version)) { command in
                if let kept = Monitor.Command(command), kept.name == "SET" {
                    found.add(kept.arguments.map(\.description).joined(separator: "|"))
                }
            }
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            for number in 0..<100 { try await client.send(["SET", RedisBytes("key \(number)"), "a\n\"b\""]) }
            #expect(try await eventually { found.all.count == 100 })
            #expect(found.all == (0..<100).map { "SET|key \($0)|a\n\"b\"" })
            try server.command("CLIENT", "KILL", "TYPE", "normal")
            var sawGap = false
            for try await event in monitor.events {
                if case .gap = event {
                    sawGap = true
                    break
                }
            }
            #expect(sawGap)
            await client.close()
            await monitor.close()
        }
    }
}

extension RedisBytes {
    fileprivate init(_ view: borrowing PubSub.MessageView) { self = PubSub.Message(view).payload }
}
