import RedisCore
import RedisRESP

/// What a scene is given.
struct Setting: Sendable {
    var channels: Int
    var messages: Int
    /// The unix socket of the feeder, or where it is a cluster its port.
    var socket: String

    /// How the feeder is reached: with nothing that happens by the clock, however slow the program is made to run.
    var configuration: RedisConfiguration { configuration(for: .channel) }

    /// Shard channels are those of a cluster.
    func configuration(for kind: RedisSubscriptionKind) -> RedisConfiguration {
        var configuration = RedisConfiguration(endpoint: .unix(path: socket))
        if kind == .shardChannel, let port = UInt16(socket) {
            configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: port))
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
        }
        configuration.connectTimeout = .seconds(300)
        configuration.handshakeTimeout = .seconds(300)
        configuration.heartbeat = .seconds(3600)
        configuration.lossBoundInterval = .seconds(3600)
        configuration.reconnect = RedisReconnectPolicy(isEnabled: false)
        return configuration
    }

    /// The channels that the feeder sends to.
    var names: [RedisBytes] {
        (0..<channels).map { number in
            let digits = String(number)
            return RedisBytes("channel:" + String(repeating: "0", count: 7 - digits.count) + digits)
        }
    }
}
