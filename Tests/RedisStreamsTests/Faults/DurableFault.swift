import Foundation
import RedisCore
import RedisReactor
import RedisTesting
import TestSupport

/// What the faults are drawn from: the seed of the environment, or a new one.
enum FaultSeed {
    static var value: UInt64 {
        ProcessInfo.processInfo.environment["REDIS_EVENTS_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
    }
}

/// What happens to the links, to the network and to the server of one accounting run.
enum DurableFault {
    case cut
    case kill
    case pause(Duration)
    case restart
    case proxy(ScheduledFault)

    static func list(_ count: Int, seed: UInt64) -> [DurableFault] {
        var random = SeededGenerator(seed: seed)
        var schedule = FaultSchedule(seed: random.next(), pause: 5...80, length: 20...200)
        return (0..<count).map { _ in
            let length = Duration.milliseconds(random.number(in: 20...250))
            let network = schedule.next()
            switch random.number(in: 0...9) {
            case 0, 1: return .cut
            case 2, 3: return .kill
            case 4: return .pause(length)
            case 5: return .restart
            default: return network.map { .proxy($0) } ?? .cut
            }
        }
    }

    /// Lets it happen, and returns when the server is there again. `cut` cuts the links of the clients.
    func happen(to server: RedisServer, _ proxy: FaultProxy, cut: () async -> Void) async throws {
        switch self {
        case .cut: await cut()
        case .kill:
            _ = try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            _ = try server.command("CLIENT", "KILL", "TYPE", "pubsub")
        case .pause(let length):
            try server.pause()
            // Time passes in which nothing is to happen.
            _ = try await eventually(within: length) { false }
            try server.resume()
        case .restart:
            server.kill()
            try await server.restart()
        case .proxy(let entry): try await proxy.carryOut(entry)
        }
    }
}

extension RedisConfiguration {
    /// Notices a fault soon, and is soon back.
    static func impatient(_ url: String, heartbeat: Duration, timeout: Duration) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.heartbeat = heartbeat
        configuration.heartbeatTimeout = timeout
        configuration.handshakeTimeout = .milliseconds(500)
        configuration.reconnect.minimumDelay = .milliseconds(2)
        configuration.reconnect.maximumDelay = .milliseconds(20)
        configuration.commands.timeout = .seconds(2)
        return configuration
    }
}
