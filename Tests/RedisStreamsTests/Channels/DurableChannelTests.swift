import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A durable channel", .tags(.server), .timeLimit(.minutes(2)))
struct DurableChannelTests {
    @Test("brings what is published as it is published, in order, with ids that the stream has")
    func live() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let reader = try orders.subscription()
            try await reader.start()
            var ids: [RedisStreamID] = []
            for number in 0..<100 { ids.append(try await orders.publish("m\(number)")) }
            var log = DurableLog()
            try await log.read(reader) { $0.texts.count == 100 }
            #expect(log.texts == (0..<100).map { "m\($0)" })
            #expect(log.positions == ids.enumerated().map { DurablePosition(id: $1, number: $0 + 1) })
            #expect(log.replayed == 0)
            #expect(log.gaps == [] && log.rewinds == [])
            #expect(try await client.xrange("orders").map(\.id) == ids)
            await reader.close()
        }
    }

    @Test("sends nothing while nothing comes, but the pings of its link")
    func idle() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let reader = try orders.subscription()
            try await reader.start()
            try await orders.publish("one")
            var log = DurableLog()
            try await log.read(reader) { $0.texts == ["one"] }
            _ = try server.command("CONFIG", "RESETSTAT")
            let seconds = isSoak ? 60 : 2
            let began = ContinuousClock.now
            #expect(try await eventually(within: .seconds(90)) { began.duration(to: .now) > .seconds(seconds) })
            let own = ["cmdstat_info", "cmdstat_config|resetstat", "cmdstat_config", "cmdstat_ping"]
            let lines = try server.command("INFO", "commandstats").split(separator: "\r\n")
            let others = lines.filter { line in
                line.hasPrefix("cmdstat_") && !own.contains { line.hasPrefix("\($0):") }
            }
            #expect(others == [])
            await reader.close()
        }
    }

    @Test("is read from its beginning, from behind a message, from a time, or from now on")
    func starts() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let ids = try await orders.publish(contentsOf: (0..<300).map { "m\($0)" })
            let time = RedisTimestamp(microseconds: Int64(ids[0].milliseconds) * 1000)
            let readers: [(DurableStart, Int)] = [
                (.beginning, 0), (.after(ids[99]), 100), (.after(DurablePosition(id: ids[199], number: 200)), 200),
                (.time(time), 0), (.now, 300),
            ]
            for (start, first) in readers {
                let reader = try orders.subscription(from: start)
                try await reader.start()
                try await orders.publish("last")
                var log = DurableLog()
                try await log.read(reader) { $0.texts.last == "last" }
                #expect(log.texts.filter { $0 != "last" } == (first..<300).map { "m\($0)" })
                #expect(log.gaps == [] && log.rewinds == [])
                await reader.close()
            }
        }
    }

    @Test("reads what was missed while the link was down, each message once")
    func cut() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let reader = try orders.subscription()
            try await reader.start()
            var log = DurableLog()
            for round in 0..<10 {
                for number in 0..<20 { try await orders.publish("m\(round * 20 + number)") }
                await reader.cut()
            }
            try await orders.publish("m200")
            try await log.read(reader) { $0.texts.count == 201 }
            #expect(log.texts == (0...200).map { "m\($0)" })
            #expect(log.gaps == [] && log.rewinds == [])
            await reader.close()
        }
    }

    @Test("tells exactly how many messages were trimmed before they could be read")
    func trimmed() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client, keeping: .everything)
            let ids = try await orders.publish(contentsOf: (1...500).map { "\($0)" })
            _ = try server.command("XTRIM", "orders", "MAXLEN", "120")
            let start = DurablePosition(id: ids[99], number: 100)
            let reader = try orders.subscription(from: .after(start))
            var log = DurableLog()
            try await log.read(reader) { $0.texts.count == 120 }
            #expect(log.texts == (381...500).map { "\($0)" })
            let first = DurablePosition(id: ids[380], number: 381)
            #expect(log.gaps.count == 1)
            #expect(log.gaps.first?.missed == 280)
            #expect(log.gaps.first?.after == start && log.gaps.first?.before == first)
            #expect(log.gaps.first?.channel == "orders")
            await reader.close()
        }
    }

    @Test("drops nothing when its reader is slow: it reads the rest from the stream")
    func slow() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client, keeping: .everything)
            let reader = try orders.subscription(buffer: RedisBufferLimit(events: 50))
            try await reader.start()
            for round in 0..<20 { try await orders.publish(contentsOf: (0..<100).map { "\(round * 100 + $0)" }) }
            #expect(reader.statistics.queuedEvents < 400)
            var log = DurableLog()
            try await log.read(reader) { $0.texts.count == 2000 }
            #expect(log.texts == (0..<2000).map { "\($0)" })
            #expect(log.gaps == [] && log.replayed > 1000)
            #expect(reader.statistics.droppedEvents == 0)
            await reader.close()
        }
    }

    @Test("says that the stream was deleted, and brings what comes then")
    func deleted() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let reader = try orders.subscription()
            try await reader.start()
            var log = DurableLog()
            for number in 1...5 { try await orders.publish("\(number)") }
            try await log.read(reader) { $0.texts.count == 5 }
            _ = try server.command("FLUSHALL")
            for number in 6...8 { try await orders.publish("\(number)") }
            try await log.read(reader) { $0.texts.count == 8 }
            #expect(log.texts == (1...8).map { "\($0)" })
            #expect(log.rewinds.count == 1)
            #expect(log.gaps == [])
            await reader.close()
        }
    }

    @Test("notices that the channel was deleted and begun again within the millisecond of its first message")
    func begunAgainAtOnce() async throws {
        try await withClient { server, client in
            let reader = try DurableSubscription(to: ["orders": .now], on: client)
            try await reader.start()
            var number = 0
            var ids: [RedisStreamID] = []
            repeat {
                var batch = RedisBatch()
                for _ in 0..<2 {
                    number += 1
                    batch.append(["DEL", "orders"])
                    let words = "2 orders repeated 0 none 0 0 600000 token\(number) \(number)".split(separator: " ")
                    let script: [RedisBytes] = ["EVAL", RedisBytes(RedisScript.publishDurable.source)]
                    batch.append(RedisCommand(script + words.map { RedisBytes(String($0)) }))
                }
                let results = try await client.atomically(batch)
                ids = try [1, 3].flatMap { [RedisStreamID](reply: try results[$0].get()) ?? [] }
            } while ids.first?.milliseconds != ids.last?.milliseconds
            #expect(ids.count == 2 && ids.first != ids.last)
            var log = DurableLog()
            try await log.read(reader) { $0.texts.last == "\(number)" }
            #expect(log.texts.count == 1 || !log.rewinds.isEmpty)
            #expect(Set(log.texts).count == log.texts.count)
            await reader.close()
        }
    }

    @Test("hands on what was not published by a durable channel")
    func foreign() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            let reader = try orders.subscription()
            try await reader.start()
            var log = DurableLog()
            try await orders.publish("1")
            _ = try server.command("PUBLISH", "orders", "plain")
            _ = try server.command("XADD", "orders", "*", "a", "b")
            try await orders.publish("2")
            try await log.read(reader) { $0.texts.count == 2 }
            #expect(log.texts == ["1", "2"])
            #expect(log.foreign.first == .published(channel: "orders", payload: "plain"))
            #expect(log.foreign.count == 2)
            if case .appended(_, let entry)? = log.foreign.last { #expect(entry.fields == [RedisField("a", "b")]) }
            #expect(log.positions.map(\.number) == [1, 2])
            #expect(log.gaps == [] && log.rewinds == [])
            await reader.close()
        }
    }

    @Test("is binary-safe, in its name and in what it brings")
    func binary() async throws {
        try await withClient { server, client in
            let name = RedisBytes([0, 255, 13, 10, 32, 42])
            let channel = try DurableChannel(name, on: client)
            let reader = try channel.subscription()
            try await reader.start()
            let payloads = [RedisBytes(), RedisBytes((0...255).map { UInt8($0) }), RedisBytes("1-0 0-0 1 x")]
            for payload in payloads { try await channel.publish(payload) }
            for payload in payloads {
                let event = try await reader.next(timeout: .seconds(10)).event
                #expect(event?.message?.payload == payload)
                #expect(event?.message?.channel == name)
            }
            await reader.close()
        }
    }

    @Test("keeps what its retention says", arguments: ["length", "age", "bytes"])
    func retention(_ kind: String) async throws {
        try await withClient { server, client in
            let retention: DurableRetention =
                switch kind {
                case "length": .last(500)
                case "age": .age(.milliseconds(1))
                default: .bytes(64 << 10)
                }
            let channel = try DurableChannel("c", on: client, keeping: retention)
            let payload = RedisBytes(Array(repeating: 65, count: 100))
            for _ in 0..<40 { try await channel.publish(contentsOf: Array(repeating: payload, count: 100)) }
            // However many of these are younger than the age, they are older when the next one is published.
            let published = ContinuousClock.now
            #expect(try await eventually { published.duration(to: .now) > .milliseconds(5) })
            try await channel.publish(payload)
            let length = try #require(Int(try server.command("XLEN", "c")))
            switch kind {
            case "length": #expect(500...700 ~= length)
            // Whole nodes are trimmed, of 100 entries at most.
            case "age": #expect(1...100 ~= length)
            default: #expect(100...800 ~= length)
            }
            let last = try await client.xrevrange("c", count: 1)
            #expect(last.first?["n"] == "4001")
        }
    }

    @Test("refuses a name, a retention and a number of messages that cannot work")
    func badInput() async throws {
        try await withClient { server, client in
            #expect(throws: RedisError.self) { try DurableChannel("", on: client) }
            for retention in [DurableRetention.last(0), .bytes(0), .age(.zero), .age(.seconds(1 << 40))] {
                let error = #expect(throws: RedisError.self) { try DurableChannel("c", on: client, keeping: retention) }
                #expect(error?.code == .invalidConfiguration)
            }
            #expect(throws: RedisError.self) { try DurableSubscription(to: [:], on: client) }
            #expect(throws: RedisError.self) { try DurableSubscription(toPrefix: "", on: client) }
            let channel = try DurableChannel("c", on: client)
            let error = await #expect(throws: RedisError.self) {
                try await channel.publish(contentsOf: Array(repeating: "x", count: 1001))
            }
            #expect(error?.code == .invalidCommand && error?.execution == .notExecuted)
            #expect(try await channel.publish(contentsOf: [String]()) == [])
        }
    }

    @Test("says that its key is something else, and goes on when it is not any more")
    func wrongType() async throws {
        try await withClient { server, client in
            _ = try server.command("SET", "orders", "x")
            let orders = try DurableChannel("orders", on: client)
            let error = await #expect(throws: RedisError.self) { try await orders.publish("1") }
            #expect(error?.serverPrefix == "WRONGTYPE")
            let reader = try orders.subscription(from: .beginning)
            var log = DurableLog()
            try await log.read(reader) { !$0.refusals.isEmpty }
            #expect(log.refusals.first?.error.serverPrefix == "WRONGTYPE")
            _ = try server.command("DEL", "orders")
            try await orders.publish("1")
            try await log.read(reader) { $0.texts == ["1"] }
            await reader.close()
        }
    }

    @Test("brings all channels of a prefix, also those that come later")
    func prefix() async throws {
        try await withClient { server, client in
            let first = try DurableChannel("shop*:a", on: client)
            try await first.publish("before")
            let other = try DurableChannel("shopx:a", on: client)
            let reader = try DurableSubscription(toPrefix: "shop*:", on: client)
            try await reader.start()
            try await first.publish("a1")
            try await other.publish("not of the prefix")
            let second = try DurableChannel("shop*:b", on: client)
            try await second.publish("b1")
            try await second.publish("b2")
            var log = DurableLog()
            try await log.read(reader) { $0.texts.count == 3 }
            #expect(log.texts.sorted() == ["a1", "b1", "b2"])
            await reader.cut()
            // Nobody hears of this channel while the link is down, and nothing is published on it later.
            let third = try DurableChannel("shop*:c", on: client)
            try await third.publish("c1")
            try await log.read(reader) { $0.texts.count == 4 }
            #expect(log.texts.last == "c1")
            #expect(log.gaps == [])
            await reader.close()
        }
    }

    @Test("begins although another channel fills its reader's buffer, and brings all of both")
    func fullAtTheStart() async throws {
        try await withClient { _, client in
            let big = try DurableChannel("big", on: client)
            try await big.publish(contentsOf: (0..<500).map { "\($0)" })
            let reader = try DurableSubscription(
                to: ["big": .beginning, "small": .now],
                on: client,
                buffer: RedisBufferLimit(events: 20)
            )
            try await reader.start()
            try await DurableChannel("small", on: client).publish("small")
            var log = DurableLog()
            try await log.read(reader) { $0.texts.count == 501 }
            #expect(log.texts.filter { $0 != "small" } == (0..<500).map { "\($0)" })
            await reader.close()
        }
    }

    @Test("says at its start that a stream cannot be read, and begins when it can")
    func unreadable() async throws {
        try await withClient { server, client in
            _ = try server.command("SET", "b", "no stream")
            let reader = try DurableSubscription(to: ["a": .now, "b": .now], on: client)
            let error = await #expect(throws: RedisError.self) { try await reader.start() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            _ = try server.command("DEL", "b")
            try await reader.start()
            try await DurableChannel("b", on: client).publish("1")
            var log = DurableLog()
            try await log.read(reader) { $0.texts == ["1"] }
            await reader.close()
        }
    }

    @Test("ends when its client is closed")
    func clientClosed() async throws {
        try await withClient { server, client in
            let other = try RedisClient(server.configuration())
            let reader = try DurableChannel("c", on: other).subscription()
            try await reader.start()
            await other.close()
            try await DurableChannel("c", on: client).publish("1")
            await reader.cut()
            let error = await #expect(throws: RedisError.self) {
                while case .event = try await reader.next(timeout: .seconds(20)) {}
            }
            #expect(error?.code == .closed)
        }
    }

    @Test("tells how many messages of something else came while its buffer was full")
    func skippedForeign() async throws {
        try await withClient { server, client in
            let reader = try DurableChannel("c", on: client).subscription(buffer: RedisBufferLimit(events: 10))
            try await reader.start()
            for number in 0..<200 { _ = try server.command("PUBLISH", "c", "plain \(number)") }
            #expect(try await eventually { reader.statistics.queuedEvents >= 10 })
            var (told, skipped) = (0, 0)
            while told + skipped < 200, let event = try await reader.next(timeout: .seconds(20)).event {
                guard case .foreign(let item) = event else { continue }
                switch item {
                case .published: told += 1
                case .skipped(let count): skipped += count
                case .appended: Issue.record("nothing was appended")
                }
            }
            #expect(told + skipped == 200)
            #expect(skipped > 0)
            await reader.close()
        }
    }

    @Test("ends its readers when it is closed, and begins with an error that tells why it cannot")
    func ends() async throws {
        try await withClient { server, client in
            let reader = try DurableChannel("c", on: client).subscription()
            try await reader.start()
            async let outcome = reader.next(timeout: .seconds(20))
            await reader.close()
            guard case .closed = try await outcome else {
                Issue.record("it did not end")
                return
            }
            _ = try server.command("ACL", "SETUSER", "default", "-subscribe")
            let refused = try DurableChannel("c", on: client).subscription()
            let error = await #expect(throws: RedisError.self) { try await refused.start() }
            #expect(error?.code == .notPermitted)
        }
    }
}
