import RedisCore
import RedisRESP
import RedisReactor
import RedisTesting

/// A link that does nothing but stand, and notes where.
final class StandingDriver: LinkDriver {
    /// Where it has stood, one after another, and why it fell.
    struct Log: Sendable {
        var places: [RedisEndpoint] = []
        var losses: [RedisDisconnect.Reason] = []
        var failures: [RedisError.Code] = []
        var isUp = false
    }

    private let log: Locked<Log>
    private(set) var hasServed = false

    init(_ log: Locked<Log>) { self.log = log }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        hasServed = true
        log.withLock { log in
            log.isUp = true
            if let endpoint = facts.endpoint { log.places.append(endpoint) }
        }
    }

    var canSendHeartbeat: Bool { true }
    func sendHeartbeat(output: inout WriteBuffer) { output.append { RedisCommand(["PING"]).encode(into: &$0) } }
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {}
    func authenticationFailed(_ error: RedisError) {}
    func readBegan(at moment: Moment) {}
    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {}
    func readEnded(isDrained: Bool) {}

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        log.withLock { log in
            log.isUp = false
            log.losses.append(cause.reason)
        }
    }

    func willRetry(_ error: RedisError, after delay: Duration) { log.withLock { $0.failures.append(error.code) } }
    func gaveUp(_ error: RedisError) { log.withLock { $0.failures.append(error.code) } }
}

/// A link that a discovery leads.
struct StandingLink {
    let session: Session<StandingDriver>
    private let log = Locked(StandingDriver.Log())

    init(_ topology: ClusterTopology, _ discovery: ClusterDiscovery) {
        session = Session(
            configuration: topology.configuration,
            loop: topology.loop,
            discovery: discovery,
            driver: StandingDriver(log)
        )
    }

    var now: StandingDriver.Log { log.withLock { $0 } }

    /// The node that the link is at, if it is up.
    var place: RedisEndpoint? {
        log.withLock { $0.isUp ? $0.places.last : nil }
    }
}

extension RedisClusterNode {
    var endpoint: RedisEndpoint { .tcp(host: "127.0.0.1", port: UInt16(port)) }

    /// How often it was asked for the cluster's shape.
    func questions() throws -> Int {
        let lines = try command("INFO", "commandstats").split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { $0.hasPrefix("cmdstat_cluster|shards:calls=") }) else { return 0 }
        return Int(line.dropFirst("cmdstat_cluster|shards:calls=".count).prefix { $0.isNumber }) ?? 0
    }
}

/// Gives `body` a topology that begins at the seeds, by default all nodes, and sees to its end.
func withTopology<Success>(
    _ cluster: RedisCluster,
    seeds: [RedisEndpoint]? = nil,
    change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (ClusterTopology) async throws -> Success
) async throws -> Success {
    var configuration = try RedisConfiguration(url: cluster.url)
    if let seeds { configuration.cluster?.seeds = seeds }
    change(&configuration)
    let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
    do {
        let result = try await body(topology)
        await topology.finish()
        return result
    } catch {
        await topology.finish()
        throw error
    }
}
