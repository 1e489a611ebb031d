/// What brings a stream its events: the watch of one server, or of all shards of a cluster. For any thread.
protocol WatchEngine: AnyObject, Sendable {
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
