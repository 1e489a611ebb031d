/// A real Redis Cluster of several processes on this machine, started for a test and ended with it.
///
/// ```swift
/// try await withRedisCluster { cluster in
///     let name = cluster.name(inSlot: 42)
///     try cluster.moveSlot(42, to: cluster.primary(ofSlot: 9000))
///     …
/// }
/// ```
///
/// Its nodes are ``RedisServer``s, with all that this means for their end. The first ``RedisClusterOptions/primaries``
/// of
/// ``nodes`` begin as primaries; the others are their replicas, in turn. Nothing changes roles but a test, or the crash
/// of a primary.
///
/// All members may be called from any thread and any task. Those that wait block the calling thread, for a bounded
/// time;
/// ``perform(_:)`` gives them a thread of their own. Calls that change the cluster are meant to come one after the
/// other.
public final class RedisCluster: Sendable {
    /// All nodes, in order of their start, whatever their roles are now.
    public let nodes: [RedisClusterNode]
    /// The product and version that the nodes are of.
    public let release: ServerRelease

    let options: RedisClusterOptions
    let group: ServerGroup
    private let ports: [ClusterPorts]

    private init(_ options: RedisClusterOptions) throws(RedisTestingError) {
        let deadline = Deadline(after: options.startTimeout)
        let executable = try ServerExecutable.find(options.executable)
        let (product, version) = try ServerExecutable.version(of: executable)
        release = ServerRelease(product: product, version: version, availability: .ready(executable: executable))
        self.options = options

        var ports: [ClusterPorts] = []
        var servers: [RedisServer] = []
        do throws(RedisTestingError) {
            for _ in 0..<options.nodeCount { ports.append(try ClusterPorts()) }
            servers = try ServerGroup.start(ports.map { options.node(on: $0.client.port) })
            var nodes: [RedisClusterNode] = []
            for server in servers { nodes.append(try RedisClusterNode(server: server, index: nodes.count)) }
            self.nodes = nodes
        } catch {
            for server in servers { server.stop() }
            for port in ports { port.close() }
            throw error
        }
        self.ports = ports
        group = ServerGroup(members: nodes.map { ("\($0)", $0.server) })
        do throws(RedisTestingError) {
            try form(deadline)
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    // MARK: - Starting

    /// Starts a cluster and returns when it is ready, as ``waitUntilReady(within:)`` says. The calling task is
    /// suspended meanwhile; cancellation does not shorten the wait.
    ///
    /// It takes two seconds and a little: for so long after its start, a primary keeps itself out of service.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running cluster.
    /// - Throws: As ``RedisServer/start(_:)``; ``RedisTestingError/Code/timeout``, with what is missing and the ends of
    ///   the logs, when the nodes run but do not become a cluster in time. Nothing is left running.
    public static func start(_ options: RedisClusterOptions = .init()) async throws(RedisTestingError) -> RedisCluster {
        try await PlainThread.run { () throws(RedisTestingError) in try RedisCluster(options) }
    }

    /// Like ``start(_:)``, blocking the calling thread.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running cluster.
    /// - Throws: As ``start(_:)``.
    public static func startBlocking(
        _ options: RedisClusterOptions = .init()
    ) throws(RedisTestingError) -> RedisCluster {
        try RedisCluster(options)
    }

    // MARK: - Ending

    /// Ends all nodes at once (SIGKILL: there is nothing to be saved) and removes their folders. Blocks for a moment.
    /// Idempotent, and final.
    public func stop() {
        group.stop()
        for port in ports { port.close() }
    }

    /// Does something that blocks, such as ``failOver(to:)``, on a thread of its own while the calling task is
    /// suspended, so that it occupies no thread that the code under test needs. Cancellation does not shorten it.
    ///
    /// - Parameter body: What to do with the cluster.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; ``RedisTestingError/Code/systemCallFailed`` when there is no thread to be had.
    public func perform<Success: Sendable>(
        _ body: @escaping @Sendable (RedisCluster) throws -> Success
    ) async throws -> Success {
        try await PlainThread.run { Result { try body(self) } }.get()
    }

    // MARK: - What there is to know

    /// `redis+cluster://127.0.0.1:p1,127.0.0.1:p2,…` with all nodes, and the password (percent-encoded) when there is
    /// one.
    public var url: String {
        let user = nodes.first?.server.userInformation ?? ""
        return "redis+cluster://\(user)\(nodes.map(\.address).joined(separator: ","))"
    }

    /// The node whose clients use that port, as in `MOVED 42 127.0.0.1:port`.
    public func node(onPort port: Int) -> RedisClusterNode? { nodes.first { $0.port == port } }
}

/// Runs `body` with a cluster that is started before it and stopped after it, also when it throws.
///
/// `body` runs where the caller runs; the cluster is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the cluster.
///   - body: What to do with it. The cluster is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the cluster does not start, and what `body` throws.
public func withRedisCluster<Success>(
    _ options: RedisClusterOptions = .init(),
    _ body: (RedisCluster) async throws -> Success
) async throws -> Success {
    let cluster = try await RedisCluster.start(options)
    do {
        let result = try await body(cluster)
        try await cluster.perform { $0.stop() }
        return result
    } catch {
        cluster.stop()
        throw error
    }
}
