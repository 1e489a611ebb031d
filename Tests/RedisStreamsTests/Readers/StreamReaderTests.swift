import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A stream reader", .tags(.server), .timeLimit(.minutes(2)))
struct StreamReaderTests {
    @Test("brings entries with their fields as they are appended, with ids and numbers that the stream has")
    func live() async throws {
        try await withClient { _, client in
            try await client.xadd("s", ["n": "before"])
            let reader = try StreamReader(of: "s", on: client)
            try await reader.start()
            var ids: [RedisStreamID] = []
            for number in 0..<50 {
                ids.append(try await client.xadd("s", ["n": "\(number)", "n": "again", "\u{0}": ""]))
            }
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 50 }
            #expect(log.texts == (0..<50).map { "s \($0)" })
            #expect(log.entries.map(\.position) == ids.enumerated().map { DurablePosition(id: $1, number: $0 + 2) })
            #expect(log.entries[7].fields.map(\.name) == ["n", "n", "\u{0}"])
            #expect(log.others == [])
            #expect(await reader.positions() == ["s": DurablePosition(id: ids[49], number: 51)])
            await reader.close()
        }
    }

    @Test("begins at the beginning, behind an id, at a time, or now, each stream at its place")
    func starts() async throws {
        try await withClient { _, client in
            for name in ["a", "b", "c", "d"] {
                for number in 1...40 {
                    try await client.send(["XADD", name, "\(number * 100)-1", "n", number])
                }
            }
            let reader = try StreamReader(
                of: [
                    "a": .beginning, "b": .after(RedisStreamID(milliseconds: 3000, sequence: 1)),
                    "c": .time(RedisTimestamp(microseconds: 2_000_000)), "d": .now,
                ],
                on: client
            )
            try await reader.start()
            for name in ["a", "b", "c", "d", "e"] { try await client.xadd(name, ["n": "last"]) }
            var log = StreamLog()
            try await log.read(reader) { $0.texts.count { $0.hasSuffix("last") } == 4 && $0.texts.contains("d last") }
            let expected = ["a": 1, "b": 31, "c": 20, "d": 41]
            for (name, first) in expected {
                let texts = log.texts.filter { $0.hasPrefix(name) }
                #expect(texts == (first..<41).map { "\(name) \($0)" } + ["\(name) last"])
            }
            #expect(log.others == [])
            await reader.close()
        }
    }

    @Test("reads streams that are added while it runs, and no longer those that are removed, all over one link")
    func added() async throws {
        try await withClient { server, client in
            let reader = try StreamReader(of: [:], on: client)
            try await reader.start()
            for number in 0..<20 { try await reader.add("s\(number)") }
            try await client.xadd("old", ["n": "0"])
            try await reader.add("old", from: .beginning)
            try await reader.add("old", from: .now)
            for number in 0..<20 { try await client.xadd("s\(number)", ["n": "x"]) }
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 21 }
            #expect(Set(log.texts) == Set((0..<20).map { "s\($0) x" } + ["old 0"]))
            #expect(client.poolStatistics.highestLent == 1)
            let position = await reader.remove("s3")
            #expect(position == log.entries.first { $0.stream == "s3" }?.position)
            #expect(await reader.remove("s3") == nil)
            try await client.xadd("s3", ["n": "unread"])
            try await client.xadd("s4", ["n": "read"])
            try await log.read(reader) { $0.texts.last == "s4 read" }
            #expect(!log.texts.contains("s3 unread"))
            await reader.close()
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:0") })
        }
    }

    @Test("tells exactly how many entries were trimmed, before it began and while it could not read")
    func trimmed() async throws {
        try await withClient { server, client in
            for number in 1...500 { try await client.send(["XADD", "s", "\(number)-0", "n", number]) }
            _ = try server.command("XTRIM", "s", "MAXLEN", "120")
            let reader = try StreamReader(of: "s", from: .beginning, on: client)
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 120 }
            #expect(log.texts == (381...500).map { "s \($0)" })
            #expect(log.others == ["gap: 380 entries of s after 0-0 0 and before 381-0"])
            // Each is trimmed by the next one, in one step.
            _ = try await client.atomically { batch in
                for number in 501...509 { batch.append(["XADD", "s", "MAXLEN", 2, "\(number)-0", "n", number]) }
            }
            try await log.read(reader) { $0.texts.last == "s 509" }
            #expect(log.others.last == "gap: 7 entries of s after 500-0 500 and before 508-0")
            await reader.close()
            _ = try server.command("XTRIM", "s", "MAXLEN", "0")
            let later = try StreamReader(
                of: "s",
                from: .after(DurablePosition(id: RedisStreamID(milliseconds: 505), number: 505)),
                on: client
            )
            var rest = StreamLog()
            try await rest.read(later) { !$0.others.isEmpty }
            #expect(rest.others == ["gap: 4 entries of s after 505-0 505"])
            await later.close()
        }
    }

    @Test("tells that a stream was deleted, flushed, renamed or replaced by something else, and reads what comes then")
    func gone() async throws {
        try await withClient { server, client in
            let reader = try StreamReader(of: ["s": .beginning, "t": .beginning], on: client)
            try await reader.start()
            var log = StreamLog()
            func round(_ what: String, _ change: () throws -> Void) async throws {
                try await client.xadd("s", ["n": "before \(what)"])
                try await log.read(reader) { $0.texts.last == "s before \(what)" }
                try change()
                try await log.read(reader) { $0.others.last?.hasPrefix("deleted: s") == true }
                try await client.send(["XADD", "s", "1-1", "n", "after \(what)"])
                try await log.read(reader) { $0.texts.last == "s after \(what)" }
                log.forgetOthers()
            }
            try await round("delete") { _ = try server.command("DEL", "s") }
            try await round("rename") { _ = try server.command("RENAME", "s", "other") }
            try await round("flush") { _ = try server.command("FLUSHALL") }
            try await client.xadd("s", ["n": "x"])
            try await log.read(reader) { $0.texts.last == "s x" }
            try await client.set("s", "a text")
            try await log.read(reader) { $0.others.contains { $0.hasPrefix("refused: s: ") } }
            #expect(log.others.first == "deleted: s")
            #expect(log.others.count == 2)
            // The other one is read all the same.
            try await client.xadd("t", ["n": "y"])
            try await log.read(reader) { $0.texts.last == "t y" }
            try await client.del("s")
            try await client.xadd("s", ["n": "z"])
            try await log.read(reader) { $0.texts.last == "s z" }
            #expect(log.others.count == 2)
            await reader.close()
        }
    }

    @Test("a stream that is refused is an error at the start, and told and tried again later")
    func refused() async throws {
        try await withClient { server, client in
            try await client.set("text", "x")
            let wrong = try StreamReader(of: ["text": .now, "s": .now], on: client)
            let error = await #expect(throws: RedisError.self) { try await wrong.start() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            try await client.del("text")
            try await wrong.start()
            let added = await #expect(throws: RedisError.self) {
                try await client.set("other", "x")
                try await wrong.add("other")
            }
            #expect(added?.serverPrefix == "WRONGTYPE")
            try await wrong.add("s2")
            await wrong.close()
            try server.command("ACL", "SETUSER", "reader", "on", "nopass", "+@all", "~*")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "reader", password: "x")
            let limited = try RedisClient(configuration)
            let reader = try StreamReader(of: ["a": .beginning, "b": .beginning], on: limited)
            try await reader.start()
            try server.command("ACL", "SETUSER", "reader", "resetkeys", "~b")
            try await client.xadd("a", ["n": "1"])
            try await client.xadd("b", ["n": "2"])
            var log = StreamLog()
            try await log.read(reader) { !$0.others.isEmpty && !$0.texts.isEmpty }
            #expect(log.texts == ["b 2"])
            #expect(log.others.allSatisfy { $0.hasPrefix("refused: ") })
            try server.command("ACL", "SETUSER", "reader", "~a")
            try await log.read(reader) { $0.texts == ["b 2", "a 1"] }
            await reader.close()
            await limited.close()
        }
    }

    @Test("leaves entries in the stream while nobody reads, and drops none")
    func slow() async throws {
        try await withClient { _, client in
            let reader = try StreamReader(of: "s", from: .beginning, on: client, buffer: RedisBufferLimit(events: 50))
            try await reader.start()
            for _ in 0..<20 {
                var batch = RedisBatch()
                for number in 0..<100 { batch.append(.xadd("s", ["n": "\(number)"])) }
                _ = try await client.send(batch)
            }
            _ = try await eventually { reader.statistics.queuedEvents >= 50 }
            #expect(reader.statistics.queuedEvents <= 50 + PageSize.most)
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 2000 }
            #expect(log.texts == (0..<2000).map { "s \($0 % 100)" })
            #expect(log.others == [])
            await reader.close()
        }
    }

    @Test("is read in every way in which events are")
    func ways() async throws {
        try await withClient { _, client in
            let reader = try StreamReader(of: "s", from: .beginning, on: client)
            for number in 0..<5 { try await client.xadd("s", ["n": "\(number)"]) }
            var batches = reader.batches.makeAsyncIterator()
            var count = 0
            while count < 5 { count += try await batches.next()?.count ?? 5 }
            #expect(count == 5)
            #expect(try await reader.next(timeout: .zero).event == nil)
            let seen = Collector<String>()
            let listener = try reader.runInThread(onEvent: { event in
                if let entry = event.entry { seen.add(entry["n"]?.text ?? "?") }
            })
            try await client.xadd("s", ["n": "5"])
            #expect(try await eventually { seen.all == ["5"] })
            listener.stop()
            await reader.close()
            #expect(throws: RedisError.self) { try StreamReader(of: "", on: client) }
        }
    }

    @Test("goes on behind its cursor, and its run does not save what it failed with")
    func cursor() async throws {
        struct Enough: Error {}
        try await withClient { _, client in
            for number in 0..<10 { try await client.xadd("s", ["n": "\(number)"]) }
            let cursor = DurableKeyCursor(key: "cursor", on: client)
            var read: [String] = []
            for end in [3, 6, 9] {
                let start = try await cursor.start(of: "s", else: .beginning)
                let reader = try StreamReader(of: "s", from: start, on: client)
                await #expect(throws: Enough.self) {
                    try await reader.run(saving: cursor) { event in
                        guard let text = event.entry?["n"]?.text else { return }
                        if text == "\(end)" { throw Enough() }
                        read.append(text)
                    }
                }
                await reader.close()
            }
            #expect(read == (0..<9).map { "\($0)" })
            #expect(try await cursor.positions()["s"]?.number == 9)
        }
    }

    @Test("keeps where it has begun, so that what comes between two runs that read nothing is not skipped")
    func cursorOfQuietStream() async throws {
        try await withClient { _, client in
            try await client.xadd("s", ["n": "before"])
            let cursor = DurableKeyCursor(key: "cursor", on: client)
            func run(_ goal: Int) async throws -> [String] {
                let reader = try StreamReader(
                    of: [
                        "s": try await cursor.start(of: "s", else: .now),
                        "t": try await cursor.start(of: "t", else: .now),
                    ],
                    on: client
                )
                let seen = Collector<String>()
                let task = Task { try await reader.run(saving: cursor) { seen.add("\($0)") } }
                #expect(try await eventually { try await cursor.positions().count == 2 && seen.all.count == goal })
                task.cancel()
                try await task.joined
                await reader.close()
                return seen.all.sorted()
            }
            #expect(try await run(0) == [])
            let first = try await client.xadd("s", ["n": "between"])
            let second = try await client.xadd("t", ["n": "between"])
            #expect(try await run(2) == ["entry: s \(first) 2 (1 fields)", "entry: t \(second) 1 (1 fields)"])
            #expect(try await run(0) == [])
        }
    }

    @Test("ends with the client")
    func clientClosed() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let reader = try StreamReader(of: "s", on: client)
            try await reader.start()
            await client.close()
            let error = await #expect(throws: RedisError.self) { try await reader.next(timeout: .seconds(20)) }
            #expect(error?.code == .closed)
            await reader.close()
        }
    }

    @Test("asks an idle server less than once in two seconds")
    func idle() async throws {
        try await withClient { server, client in
            let reader = try StreamReader(of: ["a": .now, "b": .now, "c": .now], on: client)
            try await reader.start()
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            func count() throws -> Int {
                let lines = try server.command("INFO", "commandstats").split(separator: "\n")
                return lines.filter { $0.contains("xread") || $0.contains("xrange") }
                    .compactMap { $0.split(separator: "=")[1].split(separator: ",").first.flatMap { Int($0) } }
                    .reduce(0, +)
            }
            let before = try count()
            _ = try await eventually(within: .seconds(1)) { false }
            #expect(try count() <= before + 1)
            await reader.close()
        }
    }
}

/// What a test reads of a stream reader.
struct StreamLog {
    private(set) var entries: [StreamReader.Entry] = []
    /// Everything else, in words.
    private(set) var others: [String] = []

    /// The streams and the fields `n`.
    var texts: [String] { entries.map { "\($0.stream.text ?? "?") \($0["n"]?.text ?? "?")" } }

    mutating func forgetOthers() { others = [] }

    mutating func add(_ event: StreamReader.Event) {
        if let entry = event.entry { entries.append(entry) } else { others.append("\(event)") }
    }

    /// Reads until the condition holds.
    mutating func read(
        _ reader: StreamReader,
        until isDone: (StreamLog) -> Bool,
        within limit: Duration = .seconds(20)
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while !isDone(self) {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else {
                Issue.record("it did not come within \(limit): \(entries.count) entries, \(others)")
                return
            }
            guard case .event(let event) = try await reader.next(timeout: rest) else { continue }
            add(event)
        }
    }
}
