import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// MONITOR under what is thrown at it: arguments that look like lines, addresses of all kinds, lines of many megabytes,
/// a reader that is slower than the server. `MonitorGuardTests` holds what becomes of the server's memory.
@Suite("A monitor under hostile commands", .tags(.server), .timeLimit(.minutes(2)))
struct HostileMonitorTests {
    /// The commands until one called `name`.
    private func commands(_ monitor: Monitor, until name: String) async throws -> [Monitor.Command] {
        var found: [Monitor.Command] = []
        for try await event in monitor.events {
            guard let command = event.command else { continue }
            found.append(command)
            if command.name == name { break }
        }
        return found
    }

    @Test(
        "knows who sent what, from IPv6, a unix path with blanks and brackets, and a script",
        arguments: bothProtocols
    )
    func sources(_ version: RedisConfiguration.ProtocolVersion) async throws {
        let options = RedisServerOptions(transport: .both, directoryPrefix: "a b] 0 lua] ")
        try await withRedisServer(options) { server in
            let monitor = try Monitor(server.configuration(version))
            try await monitor.start()
            let unix = try RedisClient(try #require(server.unixURL))
            let six = try RedisClient("redis://[::1]:\(server.port)")
            try await six.send(["SET", "from", "six"])
            try await unix.send(["SET", "from", "unix"])
            try await six.send(["EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "from", "lua"])
            try await six.send(["DEL", "from"])
            let found = try await commands(monitor, until: "DEL").filter { $0.name == "SET" }
            #expect(found.map { $0.arguments[2] } == ["six", "unix", "lua"])
            guard case .tcp("::1", let port) = found[0].source else { return #expect(Bool(false)) }
            #expect(port > 0)
            #expect(found[1].source == .unix(path: server.socketPath ?? ""))
            #expect(found[2].source == .lua)
            for client in [unix, six] { await client.close() }
            await monitor.close()
        }
    }

    @Test("gives arguments back that are made of lines, quotes, escapes, NUL and nothing")
    func arguments() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            let hostile: [RedisBytes] = [
                "", "\"", "\\", "\\\"", "a\\", "\\x00", "\0", "\0\0\"\0", "] \"", "[0 lua] \"SET\"", "\r\n+OK\r\n",
                "1339518083.107412 [0 127.0.0.1:1] \"get\" \"x\"", "\u{e9}\u{1f600}",
                RedisBytes([0xff, 0xfe, 0x00, 0x80]),
                "\u{7}\u{8}\t\n\r\u{b}\u{1b}[2J", "(redacted)", " ", "   x   ",
            ]
            for argument in hostile { try await client.send(["RPUSH", argument, argument, ""]) }
            try await client.send(["DEL", "end"])
            let found = try await commands(monitor, until: "DEL").filter { $0.name == "RPUSH" }
            #expect(found.map { Array($0.arguments) } == hostile.map { ["RPUSH", $0, $0, ""] })
            await client.close()
            await monitor.close()
        }
    }

    @Test("gives a line of sixteen megabytes whole, and the next one too")
    func large() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            var value = [UInt8](repeating: 0x78, count: 16 << 20)
            for index in stride(from: 0, to: value.count, by: 4099) { value[index] = 0x22 }
            try await client.send(["SET", "big", RedisBytes(value)])
            try await client.send(["DEL", "big"])
            let found = try await commands(monitor, until: "DEL").filter { $0.name == "SET" }
            let isSame = found.first?.arguments[2].bytes == value
            #expect(isSame)
            #expect(found.count == 1)
            await client.close()
            await monitor.close()
        }
    }

    @Test("gives the link up for a line over its limit, and comes back with a gap", arguments: bothProtocols)
    func tooLarge(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.limits.lineLength = 1 << 20
            let monitor = try Monitor(configuration)
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            try await client.send(["SET", "before", "1"])
            try await client.send(["SET", "big", RedisBytes([UInt8](repeating: 0, count: 2 << 20))])
            var found: [String] = []
            for try await event in monitor.events {
                switch event {
                case .command(let command) where command.name == "SET": found.append("\(command.arguments[1])")
                case .link(.lost(let cause, _)): found.append("lost \(cause.reason)")
                case .gap(let gap):
                    found.append("gap \(gap.cause.reason)")
                    try await client.send(["SET", "after", "1"])
                default: break
                }
                if found.last == "after" { break }
            }
            #expect(found == ["before", "lost frameTooLarge", "gap frameTooLarge", "after"])
            await client.close()
            await monitor.close()
        }
    }

    @Test("each command is delivered with its exact bytes or counted in a drop at its place, however slow the reader")
    func slowReader() async throws {
        try await withRedisServer { server in
            let limit = 1000
            let monitor = try Monitor(server.configuration(), buffer: RedisBufferLimit(events: limit))
            try await monitor.start()
            let script = "for i = 1, 3000 do redis.call('SET', KEYS[1], ARGV[1] .. ':' .. i .. '\\0\"') end"
            /// The lines of a round: the script's own, and three thousand.
            func expected(_ position: Int) -> [RedisBytes] {
                let (round, step) = position.quotientAndRemainder(dividingBy: 3001)
                return step == 0
                    ? ["EVAL", RedisBytes(script), "1", "key", RedisBytes("\(round)")]
                    : ["SET", "key", RedisBytes("\(round):\(step)\0\"")]
            }
            var position = 0
            var drops = 0
            for round in 0..<10 {
                try server.command("EVAL", script, "1", "key", "\(round)")
                let total = (round + 1) * 3001
                // All of it has come when what was taken, what waits and what was dropped are all that was sent.
                #expect(
                    try await eventually {
                        let statistics = monitor.statistics
                        return position - drops + statistics.queuedEvents + statistics.droppedEvents >= total
                            || statistics.queuedEvents >= limit && statistics.droppedEvents >= total - limit - position
                    }
                )
                // In the last round everything, before only a part.
                var left = round == 9 ? Int.max : 300
                while left > 0, position < total {
                    left -= 1
                    guard case .event(let event) = try await monitor.next(timeout: .seconds(10)) else {
                        return #expect(Bool(false), "at \(position) of \(total)")
                    }
                    switch event {
                    case .command(let command):
                        guard command.arguments == expected(position) else {
                            return #expect(command.arguments == expected(position))
                        }
                        position += 1
                    case .drop(let drop):
                        position += drop.count
                        drops += drop.count
                    default: return #expect(Bool(false), "\(event)")
                    }
                }
            }
            #expect(position == 10 * 3001)
            #expect(drops == monitor.statistics.droppedEvents)
            #expect(drops > 20_000)
            await monitor.close()
        }
    }
}
