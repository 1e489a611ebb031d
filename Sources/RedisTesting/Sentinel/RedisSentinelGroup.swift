/// A primary, its replicas, and the Sentinels that watch them: real processes on this machine, started for a test and
/// ended with it.
///
/// ```swift
/// try await withRedisSentinels { group in
///     let former = try group.killPrimary()
///     let new = try group.waitForFailover(from: former)
///     …
/// }
/// ```
///
/// Servers and Sentinels are ``RedisServer``s: a test kills, pauses and restarts them as such.
///
/// All members may be called from any thread and any task. Those that wait block the calling thread, for a bounded
/// time;
/// ``perform(_:)`` gives them a thread of their own.
public final class RedisSentinelGroup: Sendable {
    /// The servers, whatever their roles are now: the one that began as the primary, then the replicas.
    public let servers: [RedisServer]
    /// The Sentinels.
    public let sentinels: [RedisServer]

    let options: RedisSentinelOptions
    let group: ServerGroup
    private let ports: [PortReservation]

    private init(_ options: RedisSentinelOptions) throws(RedisTestingError) {
        let deadline = Deadline(after: options.startTimeout)
        var ports: [PortReservation] = []
        var started: [RedisServer] = []
        do throws(RedisTestingError) {
            for _ in 0..<(1 + options.replicas + options.sentinels) { ports.append(try PortReservation()) }
            let numbers = ports.map(\.port)
            let primary = numbers[0]
            started = try ServerGroup.start(
                numbers[...options.replicas].map { options.server(on: $0, replicaOf: $0 == primary ? nil : primary) }
            )
            servers = started
            // A Sentinel looks for replicas at once, and then only every ten seconds.
            try ServerGroup(members: Self.name(servers, [])).wait("the replicas", deadline) {
                () throws(RedisTestingError) in
                for server in started.dropFirst() where !(try server.isReplica(ofPort: primary)) {
                    return "the server on port \(server.port) is not linked to its primary"
                }
                return nil
            }
            sentinels = try ServerGroup.start(
                numbers[(1 + options.replicas)...].enumerated().map { index, port in
                    options.sentinel(index, on: port, primary: primary)
                }
            )
            started += sentinels
            group = ServerGroup(members: Self.name(servers, sentinels))
            self.ports = ports
            self.options = options
        } catch {
            for server in started { server.stop() }
            for port in ports { port.close() }
            throw error
        }
        do throws(RedisTestingError) {
            if options.hastens { hasten() }
            try waitUntilReady(deadline)
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    private static func name(
        _ servers: [RedisServer],
        _ sentinels: [RedisServer]
    ) -> [(name: String, server: RedisServer)] {
        servers.map { ("the server on port \($0.port)", $0) }
            + sentinels.map { ("the Sentinel on port \($0.port)", $0) }
    }

    /// Shortens the Sentinels' periods, where they can be set.
    private func hasten() {
        for sentinel in sentinels {
            for (name, value) in [
                // Hellos, by which they find each other; four of these periods pass before a wrong role is mended.
                ("publish-period", "200"), ("info-period", "500"), ("ask-period", "200"),
                // Not less: a replica is a candidate when it has told of itself within five of these, which it is made
                // to do once a second in a failover.
                ("ping-period", "500"),
                // They do nothing for half a minute when a busy machine made them wait for two seconds.
                ("tilt-trigger", "20000"),
            ] {
                _ = try? sentinel.command("SENTINEL", "DEBUG", name, value)  // not before 7.0
            }
        }
    }

    // MARK: - Starting

    /// Starts a group and returns when it is ready, as ``waitUntilReady(within:)`` says. The calling task is suspended
    /// meanwhile; cancellation does not shorten the wait.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running group.
    /// - Throws: As ``RedisServer/start(_:)``; ``RedisTestingError/Code/timeout``, with what is missing and the ends of
    ///   the logs, when it does not become ready in time. Nothing is left running.
    public static func start(
        _ options: RedisSentinelOptions = .init()
    ) async throws(RedisTestingError) -> RedisSentinelGroup {
        try await PlainThread.run { () throws(RedisTestingError) in try RedisSentinelGroup(options) }
    }

    /// Like ``start(_:)``, blocking the calling thread.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running group.
    /// - Throws: As ``start(_:)``.
    public static func startBlocking(
        _ options: RedisSentinelOptions = .init()
    ) throws(RedisTestingError) -> RedisSentinelGroup {
        try RedisSentinelGroup(options)
    }

    // MARK: - Ending

    /// Ends all processes at once (SIGKILL: there is nothing to be saved) and removes their folders. Blocks for a
    /// moment. Idempotent, and final.
    public func stop() {
        group.stop()
        for port in ports { port.close() }
    }

    /// Does something that blocks, such as ``failOver()``, on a thread of its own while the calling task is suspended,
    /// so that it occupies no thread that the code under test needs. Cancellation does not shorten it.
    ///
    /// - Parameter body: What to do with the group.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; ``RedisTestingError/Code/systemCallFailed`` when there is no thread to be had.
    public func perform<Success: Sendable>(
        _ body: @escaping @Sendable (RedisSentinelGroup) throws -> Success
    ) async throws -> Success {
        try await PlainThread.run { Result { try body(self) } }.get()
    }

    // MARK: - What there is to know

    /// `redis+sentinel://127.0.0.1:s1,127.0.0.1:s2,…/mymaster`, with the servers' password (percent-encoded) when there
    /// is one; never with that of the Sentinels.
    public var url: String {
        let user = servers.first?.userInformation ?? ""
        let addresses = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+sentinel://\(user)\(addresses)/\(options.primaryName.percentEncoded())"
    }
}

/// Runs `body` with a primary, replicas and Sentinels that are started before it and stopped after it, also when it
/// throws.
///
/// `body` runs where the caller runs; the group is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the group.
///   - body: What to do with it. The group is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the group does not start, and what `body` throws.
public func withRedisSentinels<Success>(
    _ options: RedisSentinelOptions = .init(),
    _ body: (RedisSentinelGroup) async throws -> Success
) async throws -> Success {
    let group = try await RedisSentinelGroup.start(options)
    do {
        let result = try await body(group)
        try await group.perform { $0.stop() }
        return result
    } catch {
        group.stop()
        throw error
    }
}
