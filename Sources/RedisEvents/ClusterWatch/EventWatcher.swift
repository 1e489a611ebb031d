/// What brings a stream its events: the watch of one server, or of all shards of a cluster. For any thread.
protocol EventWatcher: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// Begins, if that has not happened, and answers when the servers have consented. After a failure it may be called
    /// again.
    func start(_ answer: Promise<Void>)

    /// Ends all and returns when nothing is left. Where events go gets their end. Idempotent.
    func close() async

    /// The same without waiting.
    func closeNow()

    /// Cuts the links as if the network had.
    func cut() async

    /// Lets go of the links because of `error` until `release`. Returns when they are closed.
    func hold(_ error: RedisError) async

    /// Opens the links again after `hold`.
    func release() async
}

/// The watch of one shard of a cluster. For the loop, what is `async` excepted.
protocol ShardWatcher: EventWatcher {
    /// In place of `start`: begins as if a link had been lost to `cause`, over which the last bytes came at `since`. It
    /// comes about by itself, for ever, and then there is a gap.
    func expect(_ cause: RedisDisconnect, since: Moment)

    /// The server there was the shard's at that moment. It may cease to be without the end of the link: then nothing
    /// that it has shown since is known to be all there was, and the gap begins there.
    func verified(_ server: RedisEndpoint, at moment: Moment)

    /// Lets go of a server that is not part of the cluster any more because of `error`: takes what has come, and tells
    /// what may not have. `close` has to follow.
    func retire(_ error: RedisError)

    /// `hold` at once.
    func holdNow(_ error: RedisError)
}
