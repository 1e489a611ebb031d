import RedisCommands
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// What became of a command is known exactly: whatever happens to the link and the server, none that was said not to
/// have been executed was, each that was said to have been was, and none was executed twice.
///
/// Each run draws its faults from a seed, which it prints; `REDIS_EVENTS_SEED` repeats one. `REDIS_EVENTS_SOAK=1` makes
/// each run 300 faults long.
@Suite("Every command is accounted for", .tags(.server, .timing, .slow), .serialized, .timeLimit(.minutes(20)))
struct CommandAccountingTests {
    private enum CommandFault {
        /// The client cuts its own links.
        case cut
        /// The server closes all connections.
        case kill
        /// The server does nothing for a while.
        case pause(Duration)
        case proxy(ScheduledFault)

        static func list(_ count: Int, seed: UInt64) -> [CommandFault] {
            var random = SeededGenerator(seed: seed)
            var schedule = FaultSchedule(seed: random.next(), pause: 5...80, length: 20...200)
            return (0..<count).map { _ in
                let length = Duration.milliseconds(random.number(in: 20...250))
                let network = schedule.next()
                switch random.number(in: 0...9) {
                case 0, 1: return .cut
                case 2, 3: return .kill
                case 4: return .pause(length)
                default: return network.map { .proxy($0) } ?? .cut
                }
            }
        }
    }

    @Test(
        "under faults of the network and of the server",
        arguments: [RedisRetryPolicy.Limit.never, .readOnly, .lastWriteWins]
    )
    func server(_ limit: RedisRetryPolicy.Limit) async throws {
        let seed = AccountingRun.seed
        let count = AccountingRun.faultCount(8)
        print("accounting of commands, \(limit): \(count) faults, REDIS_EVENTS_SEED=\(seed)")
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                configuration.heartbeat = .milliseconds(100)
                configuration.heartbeatTimeout = .milliseconds(300)
                configuration.handshakeTimeout = .milliseconds(500)
                configuration.reconnect.minimumDelay = .milliseconds(2)
                configuration.reconnect.maximumDelay = .milliseconds(20)
                configuration.commands.timeout = .milliseconds(700)
                configuration.commands.retry.limit = limit
                // So that some have to wait for room.
                configuration.commands.inFlight.commands = 24
                let client = try RedisClient(configuration, loop: RedisEventLoop())
                let account = CommandAccount()
                let load = NumberedLoad(client: client, account: account, tags: ["a:", "b:"])
                var past: [String] = []
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<6 { group.addTask { await load.run(seed &+ UInt64(task)) } }
                    for fault in CommandFault.list(count, seed: seed) {
                        past.append("\(fault)")
                        switch fault {
                        case .cut: await client.cut()
                        case .kill: try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                        case .pause(let length):
                            try server.pause()
                            // Time passes in which nothing is to happen.
                            _ = try await eventually(within: length) { false }
                            try server.resume()
                        case .proxy(let entry): try await proxy.carryOut(entry)
                        }
                        let mark = account.successCount
                        let goesOn = try await eventually(within: .seconds(30)) { account.successCount > mark + 20 }
                        try #require(goesOn, "seed \(seed): no command succeeds after \(past.suffix(5))")
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                await client.close()
                proxy.stop()
                try await settled(server)
                let reader = try RedisClient(server.configuration())
                let complaints = Array(try await account.complaints(reader).prefix(10))
                await reader.close()
                #expect(complaints == [], "seed \(seed), faults: \(past)")
                print("accounting of commands, \(limit): \(account.summary)")
            }
        }
    }

    /// Waits until the server has read what the links have sent before their ends.
    private func settled(_ server: RedisServer) async throws {
        let isAlone = try await eventually(within: .seconds(10)) {
            try server.command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n").count == 1
        }
        #expect(isAlone)
    }
}
