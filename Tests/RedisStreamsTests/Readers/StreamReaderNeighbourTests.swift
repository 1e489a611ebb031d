import RedisCore
import RedisEvents
import RedisReactor
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// What happens to a stream of a reader does not hold up the others, and whoever waits for the reader is told.
@Suite("A stream reader of several streams", .tags(.server), .timeLimit(.minutes(2)))
struct StreamReaderNeighbourTests {
    /// A client behind a proxy, whose first link is the one for questions.
    private func withProxy(_ body: (RedisServer, FaultProxy, RedisClient) async throws -> Void) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let client = try RedisClient(RedisConfiguration(url: proxy.url))
                do {
                    try await client.send(["PING"])
                    try await body(server, proxy, client)
                    await client.close()
                } catch {
                    await client.close()
                    throw error
                }
            }
        }
    }

    /// How often the server was asked this.
    private func count(_ command: String, _ server: RedisServer) throws -> Int {
        try server.command("INFO", "commandstats").split(whereSeparator: \.isNewline)
            .filter { $0.hasPrefix("cmdstat_\(command)") }
            .compactMap { $0.split(separator: "=")[1].split(separator: ",").first.flatMap { Int($0) } }.reduce(0, +)
    }

    private func fill(_ server: RedisServer, _ name: String, _ count: Int) throws {
        let script = "for i = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], '*', 'n', i) end"
        _ = try server.command("EVAL", script, "1", name, "\(count)")
    }

    @Test("reads on when a stream is removed while it is asked")
    func removed() async throws {
        try await withProxy { server, proxy, client in
            let reader = try StreamReader(of: ["a": .now, "b": .now], on: client)
            try await reader.start()
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            // The answer to the wait arrives, and that to the question behind it does not.
            proxy.apply(.stall(.toClient), to: .connection(index: 0))
            try server.command("XADD", "b", "*", "n", "1")
            #expect(try await eventually { try count("xrange", server) >= 1 })
            #expect(await reader.remove("b") != nil)
            proxy.resume()
            try server.command("XADD", "a", "*", "n", "2")
            var log = StreamLog()
            try await log.read(reader) { $0.texts == ["a 2"] }
            await reader.close()
        }
    }

    @Test("brings new entries of one stream while another one has many to bring")
    func catchingUp() async throws {
        try await withClient { server, client in
            let count = 40_000
            try fill(server, "big", count)
            let reader = try StreamReader(
                of: ["big": .beginning, "live": .now],
                on: client,
                buffer: RedisBufferLimit(events: 200)
            )
            try await reader.start()
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 2000 }
            for number in 1...3 {
                try server.command("XADD", "live", "*", "n", "\(number)")
                let limit = number * count / 4
                let text = RedisBytes("\(number)")
                let isLive: (StreamLog) -> Bool = { $0.entries.last?.stream == "live" && $0.entries.last?["n"] == text }
                try await log.read(reader) { isLive($0) || $0.entries.count == limit }
                #expect(isLive(log), "after \(log.entries.count) entries")
            }
            try await log.read(reader) { $0.entries.count == count + 3 }
            #expect(log.texts.filter { $0.hasPrefix("big") } == (1...count).map { "big \($0)" })
            #expect(log.others == [])
            try server.command("XADD", "live", "*", "n", "4")
            try server.command("XADD", "big", "*", "n", "last")
            try await log.read(reader) { $0.entries.count == count + 5 }
            await reader.close()
        }
    }

    @Test("does not fill a full buffer with a stream that is added")
    func addedWhenFull() async throws {
        try await withClient { server, client in
            try fill(server, "s", 500)
            try fill(server, "big", 5000)
            let reader = try StreamReader(of: "s", from: .beginning, on: client, buffer: RedisBufferLimit(events: 50))
            try await reader.start()
            #expect(try await eventually { reader.statistics.queuedEvents >= 50 })
            try await reader.add("big", from: .beginning)
            let limit = 50 + PageSize.most
            #expect(try await !eventually(within: .milliseconds(500)) { reader.statistics.queuedEvents > limit })
            var log = StreamLog()
            try await log.read(reader) { $0.entries.count == 5500 }
            #expect(log.texts.filter { $0.hasPrefix("big") } == (1...5000).map { "big \($0)" })
            await reader.close()
        }
    }

    @Test("a start says why the server cannot be reached, and may be called again")
    func unreachable() async throws {
        try await withClient { server, client in
            server.kill()
            let reader = try StreamReader(of: "s", from: .beginning, on: client)
            let down = await #expect(throws: RedisError.self) { try await reader.start() }
            #expect(down?.isOutage == true)
            try await server.restart()
            #expect(try await eventually { (try? await reader.start()) != nil })
            try await client.xadd("s", ["n": "1"])
            var log = StreamLog()
            try await log.read(reader) { $0.texts == ["s 1"] }
            await reader.close()
            try server.command("ACL", "SETUSER", "reader", "on", ">right", "+@all", "~*")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "reader", password: "wrong")
            let wrong = try RedisClient(configuration)
            let refused = try StreamReader(of: "s", on: wrong)
            let error = await #expect(throws: RedisError.self) { try await refused.start() }
            #expect(error?.code == .authenticationFailed)
            await refused.close()
            await wrong.close()
        }
    }

    @Test("whoever adds a stream is told why it is not read, and a start goes on without a stream that is refused")
    func addedWhileStarting() async throws {
        try await withProxy { server, proxy, client in
            try server.command("SET", "text", "x")
            let failing = try StreamReader(of: "text", on: client)
            proxy.stall(.toClient)
            let start = Promise<Void>()
            failing.requestStart(start)
            let adding = Task { try await failing.add("c") }
            #expect(try await eventually { try count("xinfo", server) >= 2 })
            proxy.resume()
            await #expect(throws: RedisError.self) { try await start.value() }
            // Whichever answer is taken first: the stream is not added, or the next start goes on with it.
            do {
                try await adding.joined
                #expect(await Set(failing.positions().keys) == ["c"])
            } catch let error as RedisError {
                #expect(error.serverPrefix == "WRONGTYPE")
                #expect(await failing.positions().isEmpty)
            }
            await failing.close()

            let reader = try StreamReader(of: "a", on: client)
            proxy.stall(.toClient)
            let other = Promise<Void>()
            reader.requestStart(other)
            let refused = Task { try await reader.add("text") }
            #expect(try await eventually { try count("xinfo", server) >= 4 })
            proxy.resume()
            try await other.value()
            let refusal = await #expect(throws: RedisError.self) { try await refused.joined }
            #expect(refusal?.serverPrefix == "WRONGTYPE")
            // Nobody has to wait for a server that is away.
            proxy.stall(.toClient)
            let waiting = Task { try await reader.add("d") }
            #expect(try await eventually { try count("xinfo", server) >= 5 })
            waiting.cancel()
            let cancelled = await #expect(throws: RedisError.self) { try await waiting.joined }
            #expect(cancelled?.code == .cancelled)
            proxy.resume()
            try server.command("XADD", "d", "*", "n", "unread")
            try server.command("XADD", "a", "*", "n", "read")
            var log = StreamLog()
            try await log.read(reader) { !$0.entries.isEmpty }
            #expect(log.texts == ["a read"])
            await reader.close()
        }
    }
}
