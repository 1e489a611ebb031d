/// Provides the events of a stream: watches one server, or all shards of a cluster. Any thread may call.
protocol EventWatcher: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// Starts, unless it has started, and completes the promise when the servers have accepted. After a failure it may
    /// be called again.
    func start(_ promise: Promise<Void>)

    /// Ends everything and returns when nothing is left. The sink gets the end of the stream. Idempotent.
    func close() async

    /// Ends everything, as `close` does, without waiting.
    func closeNow()

    /// Cuts the links as if the network had failed.
    func cut() async

    /// Closes the links because of `error` until `release` is called. Returns when they are closed.
    func hold(_ error: RedisError) async

    /// Opens the links again after `hold`.
    func release() async

    /// Tells the sink that a turn has ended, though nothing came.
    func endTurn()
}

extension EventWatcher {
    /// Does nothing: only sinks of lines hold something back.
    func endTurn() {}
}

/// Watches one shard of a cluster. Must be used on the loop, except for what is `async`.
protocol ShardWatcher: EventWatcher {
    /// Starts like `start`, but as if a link had been lost to `cause` after its last bytes came at `since`. It retries
    /// for ever, and then reports a gap.
    func expect(_ cause: RedisDisconnect, since: Moment)

    /// Notes that the server belonged to the shard at that moment. The server may leave the shard while its link stays
    /// up. Then nothing that the server has sent since is known to be complete, and the gap begins at that moment.
    func verified(_ server: RedisEndpoint, at moment: Moment)

    /// Leaves a server that is not part of the cluster any more, because of `error`: takes the events that have come,
    /// and reports those that may be missing. `close` has to follow.
    func retire(_ error: RedisError)

    /// Closes the links like `hold`, without waiting.
    func holdNow(_ error: RedisError)
}
