import RedisEvents
import RedisReactor
import RedisTesting
import Testing

extension FaultProxy {
    /// A configuration that reaches the server by way of this proxy, and comes back fast.
    func configuration(_ version: RedisConfiguration.ProtocolVersion = .resp3) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.protocolVersion = version
        configuration.reconnect.minimumDelay = .milliseconds(2)
        configuration.reconnect.maximumDelay = .milliseconds(20)
        return configuration
    }

    /// A configuration for tests that count bytes: the link sends no commands of its own.
    func quietConfiguration(_ version: RedisConfiguration.ProtocolVersion = .resp3) throws -> RedisConfiguration {
        var configuration = try configuration(version)
        configuration.lossBoundInterval = nil
        return configuration
    }
}

extension PubSub {
    /// The next event that tells that the link was lost, and why. Everything before it is left out.
    func nextLoss(within limit: Duration = .seconds(20)) async throws -> RedisDisconnect? {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while case .event(let event) = try await getMessage(timeout: ContinuousClock.now.duration(to: deadline)) {
            if case .link(.lost(let cause, _)) = event { return cause }
        }
        return nil
    }
}

extension RedisServer {
    /// A number of the server's INFO.
    func info(_ section: String, _ field: String) throws -> Int {
        let line = try command("INFO", section).split(separator: "\r\n").first { $0.hasPrefix("\(field):") }
        return line.flatMap { Int($0.dropFirst(field.utf8.count + 1)) } ?? -1
    }
}
