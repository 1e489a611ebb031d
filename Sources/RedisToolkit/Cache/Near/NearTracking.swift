internal import Logging
internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisReactor

/// Keeps the links open that report changes to a cache, and tells its near level.
final class NearTracking: Sendable {
    let near: NearLevel
    private let invalidations: Invalidations
    private let starting: Task<Void, Never>

    /// How long to wait before a watch that could not begin is begun again.
    private static var pause: Duration { .seconds(1) }
    /// The same for a server that refuses to report changes.
    private static var pauseAfterRefusal: Duration { .seconds(60) }

    init(_ client: RedisClient, prefix: RedisBytes, _ options: RedisCache.NearOptions, _ flights: Flights)
        throws(RedisError)
    {
        var configuration = client.configuration
        // A link that is silent for half of the lease is asked, and has the other half to answer.
        configuration.heartbeat = options.lease / 2
        configuration.heartbeatTimeout = options.lease / 2
        configuration.isAuxiliary = true
        // A replica may be cut off from its primary, whose changes it would not report then.
        configuration.cluster?.nodes = .primary
        configuration.sentinel?.server = .primary
        let lease = TrackingLease()
        let near = NearLevel(prefixes: [prefix], limit: options.maximumBytes, lease: lease, leaseLength: options.lease)
        let invalidations = try Invalidations(
            configuration,
            prefixes: [prefix],
            loop: client.loop,
            lease: lease,
            sink: NearSink(near, flights)
        )
        self.near = near
        self.invalidations = invalidations
        let logger = configuration.logger
        starting = Task {
            while !Task.isCancelled {
                do throws(RedisError) {
                    try await invalidations.start()
                    return near.watchStarted()
                } catch {
                    if error.code == .closed || error.code == .cancelled { return }
                    logger.debug("cache keeps nothing in this process", metadata: ["reason": "\(error)"])
                    try? await Task.sleep(for: error.isOutage ? Self.pause : Self.pauseAfterRefusal)
                }
            }
        }
    }

    deinit { starting.cancel() }

    /// Ends the links. Nothing is kept any more.
    func close() async {
        starting.cancel()
        await invalidations.close()
        near.watchEnded()
    }

    /// Cuts the links as if the network had failed.
    func cut() async { await invalidations.cut() }
}
